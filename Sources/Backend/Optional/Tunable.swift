/// A device whose kernels have tile sizes that can be chosen by measurements.
package protocol TunableDevice: BackendDevice {
    /// Measures the possible tile sizes and saves the best ones for later runs.
    ///
    /// The bits of a result do not depend on the tile sizes.
    ///
    /// - Parameters:
    ///   - makeStep: returns a training step on a backend.
    ///   - progress: is called with every measurement.
    func tune(
        makeStep: (any Backend) throws -> () throws -> Void, progress: (TuningProgress) throws -> Void
    ) throws
}

/// A backend on a ``TunableDevice``.
package protocol TunableBackend: Backend {
    /// Calls `body` with a backend for each candidate of the tuner, and with the kernels that the candidate changes.
    func forEachCandidate(_ body: (_ candidate: any KernelRecording, _ kernels: Set<String>) throws -> Void) throws
}

/// A measurement of the tuner.
package struct TuningProgress: Sendable, Encodable {
    /// The members that reports have.
    private enum CodingKeys: CodingKey {
        case kernels, milliseconds, isChosen
    }

    /// The measured kernels.
    package var kernels: [String]
    /// The duration of these kernels in one step; infinite if the device can't run them with these tiles.
    package var milliseconds: Double
    /// Whether later runs use the measured tile sizes: the fastest, unless the default is hardly slower.
    package var isChosen: Bool
    /// The number of this measurement, from 1, and the number of all measurements.
    package var number: Int
    package var count: Int

    package init(kernels: [String], milliseconds: Double, isChosen: Bool, number: Int, count: Int) {
        self.kernels = kernels
        self.milliseconds = milliseconds
        self.isChosen = isChosen
        self.number = number
        self.count = count
    }
}
