import Backend
import COpenCL

/// A built program, given back at the end of its life.
struct Program: ~Copyable {
    let handle: cl_program

    deinit { clReleaseProgram(handle) }
}

/// A kernel of a built program.
///
/// Its arguments are set anew for each launch.
final class Kernel {
    let name: String
    /// What it was built from.
    let program: ProgramIdentity
    let handle: cl_kernel
    /// Whether a work-item holds a vector of lanes: on CPU devices.
    let isForVectors: Bool

    init(name: String, program: ProgramIdentity, handle: cl_kernel) {
        self.name = name
        self.program = program
        self.handle = handle
        isForVectors = program.constants["VECTOR"] ?? 1 > 1
    }

    deinit { clReleaseKernel(handle) }
}

/// What a kernel is called with.
enum KernelArgument {
    case buffer(DeviceBuffer)
    case int(Int)
    case float(Float)
    case flag(Bool)
}

/// Work-items in three dimensions.
struct WorkSize {
    var x: Int
    var y = 1
    var z = 1

    var count: Int { x * y * z }
}
