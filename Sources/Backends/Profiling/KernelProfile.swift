package import Backend

/// The kernel launches of a step of all models at once, and their durations.
package struct KernelProfile: Sendable {
    /// The launches of a step.
    ///
    /// The first steps are not recorded, because they allocate memory.
    package var launches: [RecordedLaunch]
    /// The seconds of each kernel per step by the device's clock, by the kernel's name: medians of several steps.
    package var seconds: [String: Double]
    /// The seconds that the host needs to enqueue a step: the median of several steps, for which the device has nothing to do
    /// at the begin.
    package var hostSeconds: Double
}

extension KernelRecording {
    /// Measures the kernels of a step.
    ///
    /// - Parameter makeStep: returns a training step on a backend.
    package func kernelProfile(makeStep: (any Backend) throws -> () throws -> Void) throws -> KernelProfile {
        let profiled = try makeUndivided(isProfiling: true)
        let step = try makeStep(profiled)
        for _ in 0..<3 { try step() }
        var seconds: [String: [Double]] = [:]
        for _ in 0..<15 {
            for (kernel, time) in try profiled.kernelSeconds(step) { seconds[kernel, default: []].append(time) }
        }
        return KernelProfile(
            launches: try profiled.recordedLaunches(step), seconds: seconds.mapValues { $0.sorted()[$0.count / 2] },
            hostSeconds: try hostSeconds(makeStep: makeStep))
    }

    private func hostSeconds(makeStep: (any Backend) throws -> () throws -> Void) throws -> Double {
        let backend = try makeUndivided(isProfiling: false)
        let step = try makeStep(backend)
        for _ in 0..<3 { try step() }
        let seconds = try (0..<31).map { _ in
            try backend.synchronize()
            let start = ContinuousClock.now
            try step()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        return seconds.sorted()[seconds.count / 2]
    }
}
