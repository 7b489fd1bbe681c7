/// One evaluation of a study's objective, as it is recorded.
package struct Evaluation: Sendable, Equatable {
    /// How an evaluation went.
    package enum State: String, Sendable, Codable {
        /// The network learned in every fold.
        case complete

        /// The training diverged in at least one fold.
        case diverged

        /// The training was stopped early: it was not going to beat the best.
        case pruned
    }

    /// The number of the evaluation, from 1.
    package let iteration: Int

    /// What was evaluated.
    package let hyperparameters: Hyperparameters

    /// 0, or the number of a repetition in other random orders.
    package let replicate: Int

    /// The mean of the folds' validation losses after the last epoch that was trained, in nats; not finite if one of them
    /// is not.
    package let validationLoss: Double

    /// How it went.
    package let state: State

    /// Epochs that were trained.
    package let epochs: Int?

    /// Of a pruned evaluation, the loss that all epochs would have come to, as far as that could be told.
    package let forecast: Forecast?

    /// The outcome of each fold.
    package let folds: [FoldOutcome]

    /// The length scale of the surrogate that proposed it; none where none did, or where it has several.
    package let lengthScale: Double?

    /// The noise level of the surrogate that proposed it; none where none did, or where noise is known.
    package let noiseLevel: Double?

    /// A record of an evaluation.
    package init(
        iteration: Int, hyperparameters: Hyperparameters, replicate: Int, validationLoss: Double, state: State,
        epochs: Int?, forecast: Forecast?, folds: [FoldOutcome], lengthScale: Double?, noiseLevel: Double?
    ) {
        self.iteration = iteration
        self.hyperparameters = hyperparameters
        self.replicate = replicate
        self.validationLoss = validationLoss
        self.state = state
        self.epochs = epochs
        self.forecast = forecast
        self.folds = folds
        self.lengthScale = lengthScale
        self.noiseLevel = noiseLevel
    }

    /// The learning rate that was evaluated.
    package var learningRate: Double { hyperparameters.learningRate }

    /// The standard error of the validation loss, from its folds; none for fewer than two.
    package var standardError: Double? {
        folds.standardDeviation(of: \.validationLoss).map { $0 / Double(folds.count).squareRoot() }
    }
}

/// What a quantity is expected to be.
package struct Forecast: Sendable, Equatable, Codable {
    /// The expected value.
    package var mean: Double

    /// The standard deviation around it.
    package var std: Double

    /// An expectation.
    package init(mean: Double, std: Double) {
        self.mean = mean
        self.std = std
    }
}
