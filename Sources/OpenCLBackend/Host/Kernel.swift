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
    let name: String
    /// The source and the macros of its program.
    let program: ProgramIdentity
    let handle: cl_kernel
    /// Whether a work-item processes a vector of lanes, as on CPU devices.
    let isForVectors: Bool

    init(name: String, program: ProgramIdentity, handle: cl_kernel) {
        self.name = name
        self.program = program
        self.handle = handle
        isForVectors = program.constants["VECTOR"] ?? 1 > 1
    }

    deinit { clReleaseKernel(handle) }
}

/// An argument of a kernel.
enum KernelArgument {
    case buffer(DeviceBuffer)
    case int(Int)
    case float(Float)
    case flag(Bool)
}

/// A number of work-items or work-groups in three dimensions.
struct WorkSize {
    var x: Int
    var y = 1
    var z = 1

    var count: Int { x * y * z }
}
