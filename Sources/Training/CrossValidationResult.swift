import NeuralNetwork

/// The result of one fold.
package struct FoldResult: Sendable, Equatable {
    /// The index of the fold, from 0.
    package var fold: Int
    /// The score on the validation samples, after the last trained epoch.
    package var validation: Score
    /// The score on the test set, for information, after the last trained epoch.
    package var test: Score
    /// The scores on the validation samples after every epoch; empty unless requested.
    package var epochs: [Score]
    /// Whether the training has diverged: ``Score/isDiverged(classes:)``.
    package var isDiverged: Bool
}

/// The result of one training configuration.
package struct CrossValidationResult: Sendable, Equatable {
    package var configuration: TrainingConfiguration
    /// The number of trained epochs.
    package var trainedEpochs: Int
    /// Whether the training was stopped early.
    package var isStopped: Bool
    package var folds: [FoldResult]

    package var learningRate: Double { configuration.step.learningRate }
    /// The mean of the folds' validation losses.
    package var validationLoss: Double { mean(\.validation.loss) }
    /// The mean of the folds' validation accuracies.
    package var validationAccuracy: Double { mean(\.validation.accuracy) }
    /// The mean of the folds' test losses.
    package var testLoss: Double { mean(\.test.loss) }
    /// The mean of the folds' test accuracies.
    package var testAccuracy: Double { mean(\.test.accuracy) }
    /// Whether any fold has diverged.
    package var isDiverged: Bool { folds.contains(where: \.isDiverged) }

    private func mean(_ value: KeyPath<FoldResult, Double>) -> Double {
        folds.reduce(0) { $0 + $1[keyPath: value] } / Double(folds.count)
    }
}
