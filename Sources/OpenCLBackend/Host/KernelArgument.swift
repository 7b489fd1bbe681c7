import Backend

/// A value for a kernel's parameter.
enum KernelArgument: Equatable {
    case buffer(DeviceBuffer)
    case int(Int)
    case float(Float)
    /// For an `int`: 1 or 0.
    case flag(Bool)
    /// Numbers of each model in a buffer, which has those of the next model `stride` numbers later.
    case slice(DeviceBuffer, offset: Int, stride: Int)
    /// What differs from step to step, with its value in this one.
    indirect case ofStep(StepArgument, KernelArgument)

    /// A slice of parameters.
    static func slice(_ slice: ParameterSlice<OpenCLParameters>) throws(BackendError) -> KernelArgument {
        let storage = slice.storage
        return .slice(try storage.buffer(of: slice.range), offset: slice.offset, stride: storage.count)
    }

    /// All numbers of a storage.
    static func parameters(_ storage: OpenCLParameters) throws(BackendError) -> KernelArgument {
        .buffer(try storage.buffer(of: 0..<storage.count))
    }

    /// The memory that it holds.
    var buffer: DeviceBuffer? {
        switch self {
        case .buffer(let buffer), .slice(let buffer, _, _): buffer
        case .int, .float, .flag: nil
        case .ofStep(_, let value): value.buffer
        }
    }

    /// The parameters that it can be given for.
    var kind: KernelSignature.Kind {
        switch self {
        case .buffer: .buffer
        case .int, .flag: .int
        case .float: .float
        case .slice: .slice
        case .ofStep(_, let value): value.kind
        }
    }
}
