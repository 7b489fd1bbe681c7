/// The duration of a kernel's launches in one training step by the device's clock.
struct KernelTime: Encodable {
    var kernel: String
    var milliseconds: Double
    /// The rate of the floating-point operations in ``KernelFloor/flops``.
    var gflops: Double
    /// `gflops` as a fraction of the peak rate of the device.
    var peakFraction: Double?
    /// The rate of the bytes in ``KernelFloor/bytes``.
    var gigabytesPerSecond: Double

    init(_ work: KernelFloor, seconds: Double, peakGflops: Double?) {
        kernel = work.kernel
        milliseconds = 1000 * seconds
        gflops = Double(work.flops) / seconds / 1e9
        peakFraction = peakGflops.map { Double(work.flops) / seconds / 1e9 / $0 }
        gigabytesPerSecond = Double(work.bytes) / seconds / 1e9
    }
}
