import BayesianOptimization

/// All that is known of a study: the contents of `results.json`.
package struct StudyResults: Sendable {
    /// The evaluation of the lowest loss.
    package struct Best: Sendable, Equatable {
        /// What was evaluated.
        package let hyperparameters: Hyperparameters

        /// Its mean validation loss, in nats.
        package let loss: Double

        /// The standard error of that mean, from its folds.
        package let standardError: Double?

        /// Its learning rate.
        package var learningRate: Double { hyperparameters.learningRate }
    }

    /// What the surrogate recommends.
    package struct Recommendation: Sendable, Equatable {
        /// Where the surrogate's mean plus half its standard deviation is lowest.
        package let hyperparameters: Hyperparameters

        /// The mean there, in nats, without noise.
        package let mean: Double

        /// The standard deviation around it.
        package let standardDeviation: Double

        /// What the surrogate recommends.
        package init(hyperparameters: Hyperparameters, mean: Double, standardDeviation: Double) {
            self.hyperparameters = hyperparameters
            self.mean = mean
            self.standardDeviation = standardDeviation
        }
    }

    /// What the study ran on, and how.
    package let description: StudyDescription

    /// The evaluations, in the order of their numbers.
    package internal(set) var evaluations: [Evaluation] = []

    /// What the surrogate recommends after them; none for a preset that answers with the best evaluation.
    package internal(set) var recommendation: Recommendation?

    /// Why the study ended before its last evaluation, in words; none if it did not.
    package internal(set) var stopReason: String?

    /// The evaluation of the lowest finite loss, the first one of several; none without a finite loss.
    ///
    /// A pruned evaluation is not one: its loss is of fewer epochs.
    package var best: Best? {
        evaluations.filter { $0.validationLoss.isFinite && $0.state != .pruned }
            .min { $0.validationLoss < $1.validationLoss }
            .map {
                Best(
                    hyperparameters: $0.hyperparameters, loss: $0.validationLoss, standardError: $0.standardError)
            }
    }

    /// The study's answer: what the surrogate recommends, otherwise the best evaluation.
    package var answer: Hyperparameters? { recommendation?.hyperparameters ?? best?.hyperparameters }
}

extension StudyResults: Encodable {
    private enum CodingKeys: CodingKey {
        case backend, device, preset, seed, settings, evaluations, best, recommended, stopReason
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
        try container.encodeIfPresent(recommendation, forKey: .recommended)
        try container.encodeIfPresent(stopReason, forKey: .stopReason)
    }
}

extension StudyResults.Best: Encodable {
    private enum CodingKeys: CodingKey { case learningRate, momentum, weightDecay, batchSize, loss, std }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hyperparameters.learningRate, forKey: .learningRate)
        try container.encode(loss, forKey: .loss)
        try container.encodeIfPresent(standardError, forKey: .std)
        try container.encode(hyperparameters.momentum, forKey: .momentum)
        try container.encode(hyperparameters.weightDecay, forKey: .weightDecay)
        try container.encode(hyperparameters.batchSize, forKey: .batchSize)
    }
}

extension StudyResults.Recommendation: Encodable {
    private enum CodingKeys: CodingKey { case learningRate, momentum, weightDecay, batchSize, mean, std }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hyperparameters.learningRate, forKey: .learningRate)
        try container.encode(mean, forKey: .mean)
        try container.encode(standardDeviation, forKey: .std)
        try container.encode(hyperparameters.momentum, forKey: .momentum)
        try container.encode(hyperparameters.weightDecay, forKey: .weightDecay)
        try container.encode(hyperparameters.batchSize, forKey: .batchSize)
    }
}
