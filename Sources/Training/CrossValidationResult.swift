import NeuralNetwork

/// What one fold came to.
package struct FoldResult: Sendable, Equatable {
    /// The fold's number, from 0.
    package var fold: Int
    /// On the samples left out of training, after the last epoch that was trained.
    package var validation: Score
    /// On the test set, for information, after the last epoch that was trained.
    package var test: Score
    /// On the samples left out of training, after every epoch; empty unless that was asked for.
    package var epochs: [Score]
    /// Whether the loss is not finite or no better than guessing by the class frequencies.
    package var isDiverged: Bool
}

/// What one training configuration came to.
package struct CrossValidationResult: Sendable, Equatable {
    package var configuration: TrainingConfiguration
    /// Epochs that were trained.
    package var trainedEpochs: Int
    /// Whether the training was ended early, as not worth more of it.
    package var isStopped: Bool
    package var folds: [FoldResult]

    package var learningRate: Double { configuration.sgd.learningRate }
    /// Mean of the folds' validation losses.
    package var validationLoss: Double { mean(\.validation.loss) }
    /// Mean of the folds' validation accuracies.
    package var validationAccuracy: Double { mean(\.validation.accuracy) }
    /// Mean of the folds' test losses.
    package var testLoss: Double { mean(\.test.loss) }
    /// Mean of the folds' test accuracies.
    package var testAccuracy: Double { mean(\.test.accuracy) }
    /// Whether any fold has diverged.
    package var isDiverged: Bool { folds.contains(where: \.isDiverged) }

    private func mean(_ value: KeyPath<FoldResult, Double>) -> Double {
        folds.reduce(0) { $0 + $1[keyPath: value] } / Double(folds.count)
    }
}
