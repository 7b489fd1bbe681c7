/// A backend that can measure the arithmetic peak of its device.
package protocol PeakMeasuring: Backend {
    /// The peak fp32 rate in GFLOP/s, measured with a short loop of fused multiply-adds, which count two each.
    func measurePeakGflops() throws(BackendError) -> Double
}
