import Backend
import COpenCL

/// The only owner of a built program, which it releases.
struct Program: ~Copyable {
    let handle: cl_program

    deinit { clReleaseProgram(handle) }
}

/// A kernel of a built program.
///
/// Its arguments are set again for each launch.
final class Kernel {
    /// The name and the parameters.
    let signature: KernelSignature
    /// The source and the macros of its program.
    let program: ProgramIdentity
    let handle: cl_kernel
    /// Whether a work-item processes a vector of lanes, as on CPU devices.
    let isForVectors: Bool

    var name: String { signature.name }

    init(_ signature: KernelSignature, program: ProgramIdentity, handle: cl_kernel) {
        self.signature = signature
        self.program = program
        self.handle = handle
        isForVectors = program.constants["VECTOR"] ?? 1 > 1
    }

    deinit { clReleaseKernel(handle) }

    /// Sets an argument.
    func set<Value: BitwiseCopyable>(_ value: Value, at index: Int) -> cl_int {
        var value = value
        return clSetKernelArg(handle, cl_uint(index), MemoryLayout<Value>.size, &value)
    }

    /// Sets the three arguments of a slice.
    func set(_ memory: cl_mem?, _ offset: cl_int, _ stride: cl_int, at index: Int) -> cl_int {
        let status = set(memory, at: index)
        guard status == CL_SUCCESS else { return status }
        let second = set(offset, at: index + 1)
        return second == CL_SUCCESS ? set(stride, at: index + 2) : second
    }
}

/// A number of work-items or work-groups in three dimensions.
struct WorkSize {
    var x: Int
    var y = 1
    var z = 1

    var count: Int { x * y * z }
}
