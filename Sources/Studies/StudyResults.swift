import BayesianOptimization

/// All that is known of a study: the contents of `results.json`.
package struct StudyResults: Sendable {
    /// The best learning rate so far, with its loss.
    package struct Best: Sendable, Equatable, Encodable {
        /// The learning rate.
        package let learningRate: Double

        /// Its mean validation loss, in nats.
        package let loss: Double
    }

    /// What the study ran on, and how.
    package let description: StudyDescription

    /// The evaluations, in the order in which they were made.
    package internal(set) var evaluations: [Evaluation] = []

    /// The evaluation of the lowest finite loss, the first one of several; none without a finite loss.
    package var best: Best? {
        evaluations.filter(\.validationLoss.isFinite).min { $0.validationLoss < $1.validationLoss }
            .map { Best(learningRate: $0.learningRate, loss: $0.validationLoss) }
    }
}

extension StudyResults: Encodable {
    private enum CodingKeys: CodingKey {
        case backend, device, preset, seed, settings, evaluations, best
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(description.backend, forKey: .backend)
        try container.encode(description.device, forKey: .device)
        try container.encode(description.preset.rawValue, forKey: .preset)
        try container.encode(description.seed, forKey: .seed)
        try container.encode(description.settings, forKey: .settings)
        try container.encode(evaluations, forKey: .evaluations)
        try container.encodeIfPresent(best, forKey: .best)
    }
}
