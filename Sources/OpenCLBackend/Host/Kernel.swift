import Backend
import COpenCL

/// The only owner of a built program, which it releases.
struct Program: ~Copyable {
    let handle: cl_program

    deinit { clReleaseProgram(handle) }
}

/// A built program, with the source and the macros that it was built from.
final class BuiltProgram {
    let identity: ProgramIdentity
    private let program: Program
    /// The device's name for errors.
    private let deviceName: String

    init(_ program: consuming Program, _ identity: ProgramIdentity, deviceName: String) {
        self.program = program
        self.identity = identity
        self.deviceName = deviceName
    }

    /// Makes a kernel of the program.
    func makeKernel(_ signature: KernelSignature) throws(BackendError) -> Kernel {
        var status: cl_int = 0
        guard let handle = clCreateKernel(program.handle, signature.name, &status) else {
            throw .deviceFailure(
                device: deviceName, operation: "finding the kernel \(signature.name)",
                detail: OpenCLStatus.name(status))
        }
        return Kernel(signature, program: self, handle: handle)
    }
}

/// A kernel of a built program, with its arguments.
final class Kernel {
    /// The name and the parameters.
    let signature: KernelSignature
    let program: BuiltProgram
    let handle: cl_kernel
    /// Whether a work-item processes a vector of lanes, as on CPU devices.
    let isForVectors: Bool

    var name: String { signature.name }

    fileprivate init(_ signature: KernelSignature, program: BuiltProgram, handle: cl_kernel) {
        self.signature = signature
        self.program = program
        self.handle = handle
        isForVectors = program.identity.constants["VECTOR"] ?? 1 > 1
    }

    deinit { clReleaseKernel(handle) }

    /// Makes the same kernel with arguments of its own, which are not set.
    func copy() throws(BackendError) -> Kernel { try program.makeKernel(signature) }

    /// Sets an argument.
    ///
    /// - Parameter index: that of the parameter in the kernel; of the first one of a slice.
    func set(_ argument: KernelArgument, at index: Int) -> cl_int {
        switch argument {
        case .buffer(let buffer): set(buffer.handle as cl_mem?, at: index)
        case .int(let value): set(cl_int(value), at: index)
        case .float(let value): set(value, at: index)
        case .flag(let value): set(cl_int(value ? 1 : 0), at: index)
        case .slice(let buffer, let offset, let stride):
            set(buffer.handle as cl_mem?, cl_int(offset), cl_int(stride), at: index)
        case .ofStep(_, let value): set(value, at: index)
        }
    }

    private func set<Value: BitwiseCopyable>(_ value: Value, at index: Int) -> cl_int {
        var value = value
        return clSetKernelArg(handle, cl_uint(index), MemoryLayout<Value>.size, &value)
    }

    /// Sets the three arguments of a slice.
    private func set(_ memory: cl_mem?, _ offset: cl_int, _ stride: cl_int, at index: Int) -> cl_int {
        let status = set(memory, at: index)
        guard status == CL_SUCCESS else { return status }
        let second = set(offset, at: index + 1)
        return second == CL_SUCCESS ? set(stride, at: index + 2) : second
    }
}

/// A number of work-items or work-groups in three dimensions.
struct WorkSize: Equatable {
    var x: Int
    var y = 1
    var z = 1

    var count: Int { x * y * z }
}
