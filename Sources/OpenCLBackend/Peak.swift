package import Backend
import Kernels

/// `Peak.cl` has no macros of its own.
private struct PeakConstants: KernelConstants {
    static let source = KernelSource.peak
    var macros: [String: Int] { [:] }
}

extension OpenCLBackend {
    /// The independent multiply-adds per lane and iteration: `PEAK_CHAINS` in `Peak.cl`.
    private static let peakChains = 12

    /// Measures the device's fused multiply-add peak in fp32 GFLOP/s (a multiply-add counts two), with vectors and
    /// work-groups like those of the other kernels.
    ///
    /// The result is the best of several rounds, because other programs may use the device too.
    package func measurePeakGflops() throws(BackendError) -> Double {
        let (kernel, results) = (try peakKernel(), try makePeakResults())
        func seconds(_ iterations: Int) throws(BackendError) -> Double {
            try queue.finish()
            let start = ContinuousClock.now
            try launchPeak(kernel, iterations: iterations, results: results)
            try queue.finish()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        // Long enough for the cost of the launch to be negligible.
        var iterations = 1000
        while try seconds(iterations) < 0.01, iterations < 1 << 28 { iterations *= 2 }
        var best = Double.infinity
        for _ in 0..<20 { best = min(best, try seconds(iterations)) }
        return Double(peakFlops(iterations: iterations)) / best / 1e9
    }

    package func launchPeak() throws(BackendError) {
        try launchPeak(peakKernel(), iterations: 1, results: makePeakResults())
    }

    private func peakKernel() throws(BackendError) -> Kernel { try library.kernel("multiplyAdd", PeakConstants()) }

    private func makePeakResults() throws(BackendError) -> DeviceBuffer {
        try queue.makeBuffer(byteCount: peakGroups * configuration.lanes * 4)
    }

    private func launchPeak(_ kernel: Kernel, iterations: Int, results: DeviceBuffer) throws(BackendError) {
        try queue.launch(
            kernel, groups: WorkSize(x: 1, y: peakGroups), of: WorkSize(x: configuration.items),
            [
                "iterations": .int(iterations), "factor": .float(0.5), "term": .float(1),
                "results": .buffer(results),
            ],
            work: KernelWork(
                flops: peakFlops(iterations: iterations), floats: peakGroups * configuration.lanes))
    }

    /// The work-groups of the peak: on a GPU, as many for each compute unit as it can run at once.
    private var peakGroups: Int { device.computeUnits * (device.kind == .cpu ? 4 : 64) }

    private func peakFlops(iterations: Int) -> Int {
        peakGroups * configuration.lanes * Self.peakChains * 2 * iterations
    }
}
