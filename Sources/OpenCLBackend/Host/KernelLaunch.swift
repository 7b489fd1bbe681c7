package import Kernels

/// What a kernel has to do, counted on paper.
package struct KernelWork: Hashable, Sendable {
    /// Floating-point operations, multiplication and addition counted apart, those on padding included.
    package var flops: Int
    /// Bytes that have to be read from the device's memory or written to it at least once.
    package var bytes: Int

    init(flops: Int = 0, bytes: Int) {
        self.flops = flops
        self.bytes = bytes
    }

    /// The same with fp32 numbers instead of bytes.
    init(flops: Int = 0, floats: Int) {
        self.init(flops: flops, bytes: 4 * floats)
    }
}

/// A kernel file and the macros it was compiled with.
package struct ProgramIdentity: Hashable, Sendable {
    package var source: KernelSource
    package var constants: [String: Int]

    /// The options for the compiler, in a fixed order.
    package var options: String {
        (["-cl-std=CL1.2"] + constants.sorted { $0.key < $1.key }.map { "-D\($0.key)=\($0.value)" })
            .joined(separator: " ")
    }
}

/// A launch that was recorded.
package struct KernelLaunch: Sendable {
    package var kernel: String
    package var program: ProgramIdentity
    package var workGroups: Int
    /// Work-items of a work-group.
    package var workItems: Int
    package var work: KernelWork
}
