import Backend

/// A value for a kernel's parameter.
enum KernelArgument {
    case buffer(DeviceBuffer)
    case int(Int)
    case float(Float)
    /// For an `int`: 1 or 0.
    case flag(Bool)
    /// Numbers of each model in a buffer, which has those of the next model `stride` numbers later.
    case slice(DeviceBuffer, offset: Int, stride: Int)

    /// A slice of parameters.
    static func slice(_ slice: ParameterSlice<OpenCLParameters>) -> KernelArgument {
        let storage = slice.storage
        return .slice(storage.buffer, offset: slice.offset, stride: storage.count)
    }

    /// All numbers of a storage.
    static func parameters(_ storage: OpenCLParameters) -> KernelArgument {
        .buffer(storage.buffer)
    }

    /// The parameters that it can be given for.
    var kind: KernelSignature.Kind {
        switch self {
        case .buffer: .buffer
        case .int, .flag: .int
        case .float: .float
        case .slice: .slice
        }
    }
}
