/// How long the launches of a kernel take in one training step, by the device's own clock.
struct KernelTime: Encodable {
    var kernel: String
    var milliseconds: Double
    /// Of the operations that the kernel has to do.
    var gflops: Double
    /// `gflops` as a part of what the device does in a loop of fused multiply-adds.
    var peakFraction: Double?
    /// Of the bytes that the kernel has to move at least.
    var gigabytesPerSecond: Double

    init(_ work: KernelFloor, seconds: Double, peakGflops: Double?) {
        kernel = work.kernel
        milliseconds = 1000 * seconds
        gflops = Double(work.flops) / seconds / 1e9
        peakFraction = peakGflops.map { Double(work.flops) / seconds / 1e9 / $0 }
        gigabytesPerSecond = Double(work.bytes) / seconds / 1e9
    }
}
