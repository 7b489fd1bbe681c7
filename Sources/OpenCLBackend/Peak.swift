package import Backend
import Kernels

extension OpenCLBackend {
    /// Independent multiply-adds of a lane in an iteration: PEAK_CHAINS.
    private static let peakChains = 12

    /// Measures the device's fused multiply-add peak in fp32 GFLOP/s (a multiply-add counts two), with vectors and
    /// work-groups like those of the other kernels.
    ///
    /// The best of several rounds counts, as others may use the device too.
    package func measurePeakGflops() throws(BackendError) -> Double {
        let kernel = try library.kernels(["multiplyAdd"], in: .peak, for: 0, constants: constants(slices: 1))[0]
        // On a GPU as many work-groups a compute unit as it may hold at once.
        let groups = device.computeUnits * (device.kind == .cpu ? 4 : 64)
        let results = try queue.makeBuffer(byteCount: groups * configuration.lanes * 4)
        let flopsOfIteration = groups * configuration.lanes * Self.peakChains * 2
        func seconds(_ iterations: Int) throws(BackendError) -> Double {
            try queue.finish()
            let start = ContinuousClock.now
            try queue.launch(
                kernel, groups: WorkSize(x: 1, y: groups), of: WorkSize(x: configuration.items),
                [.int(iterations), .float(0.5), .float(1), .buffer(results)],
                work: KernelWork(flops: flopsOfIteration * iterations, floats: groups * configuration.lanes))
            try queue.finish()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        // Long enough that the launch does not count.
        var iterations = 1000
        while try seconds(iterations) < 0.01, iterations < 1 << 28 { iterations *= 2 }
        var best = Double.infinity
        for _ in 0..<20 { best = min(best, try seconds(iterations)) }
        return Double(flopsOfIteration) * Double(iterations) / best / 1e9
    }
}
