package import Kernels

/// The work of a kernel launch, computed from the shapes.
package struct KernelWork: Hashable, Sendable {
    /// Floating-point operations.
    ///
    /// Multiplications and additions count separately; padding is included.
    package var flops: Int
    /// The least number of bytes that must be read from or written to the device's memory.
    package var bytes: Int

    init(flops: Int = 0, bytes: Int) {
        self.flops = flops
        self.bytes = bytes
    }

    /// The work in fp32 numbers instead of bytes.
    init(flops: Int = 0, floats: Int) {
        self.init(flops: flops, bytes: 4 * floats)
    }

    static func + (_ one: KernelWork, _ other: KernelWork) -> KernelWork {
        KernelWork(flops: one.flops + other.flops, bytes: one.bytes + other.bytes)
    }
}

/// A kernel file, and the macros and the rounding of its compilation.
package struct ProgramIdentity: Hashable, Sendable {
    package var source: KernelSource
    package var constants: [String: Int]
    /// Whether quotients and square roots are correctly rounded, and not to within 2.5 and 3 ulp.
    package var roundsDivisionCorrectly: Bool

    /// The compiler options, in a fixed order.
    package var options: String {
        (["-cl-std=CL1.2"] + (roundsDivisionCorrectly ? ["-cl-fp32-correctly-rounded-divide-sqrt"] : [])
            + constants.sorted { $0.key < $1.key }.map { "-D\($0.key)=\($0.value)" })
            .joined(separator: " ")
    }
}

/// A recorded launch.
package struct KernelLaunch: Sendable {
    package var kernel: String
    package var program: ProgramIdentity
    package var workGroups: Int
    /// The work-group size.
    package var workItems: Int
    package var work: KernelWork
}
