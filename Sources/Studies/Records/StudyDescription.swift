package import BayesianOptimization

/// What a study runs on and how, recorded beside its results.
package struct StudyDescription: Sendable {
    /// The name of the backend that trains.
    package let backend: String

    /// The device the backend runs on.
    package let device: String

    /// The preset of the optimiser.
    package let preset: Preset

    /// The seed of everything that is drawn.
    package let seed: UInt32

    /// The other settings, as they are to be recorded.
    package let settings: any Encodable & Sendable

    /// A description of a study.
    ///
    /// - Parameter settings: Recorded as a JSON object with the members in the order of their declaration.
    package init(
        backend: String, device: String, preset: Preset, seed: UInt32, settings: any Encodable & Sendable
    ) {
        self.backend = backend
        self.device = device
        self.preset = preset
        self.seed = seed
        self.settings = settings
    }
}
