/// What training with one fold left out, and validating on it, came to.
package struct FoldOutcome: Sendable, Equatable, Encodable {
    /// The number of the fold, from 0.
    package let fold: Int

    /// The mean loss over the fold's validation samples, in nats.
    package let validationLoss: Double

    /// The part of the fold's validation samples that is classified correctly.
    package let validationAccuracy: Double

    /// The mean loss over the test set, in nats.
    package let testLoss: Double

    /// The part of the test set that is classified correctly.
    package let testAccuracy: Double

    /// The mean loss over the fold's validation samples after every epoch, in nats; none if only the last was measured.
    package let epochLosses: [Double]?

    /// The outcome of a fold; losses need not be finite.
    package init(
        fold: Int, validationLoss: Double, validationAccuracy: Double, testLoss: Double, testAccuracy: Double,
        epochLosses: [Double]? = nil
    ) {
        self.fold = fold
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.testLoss = testLoss
        self.testAccuracy = testAccuracy
        self.epochLosses = epochLosses
    }
}

/// What a study's objective returns for one trial.
package struct TrialOutcome: Sendable, Equatable {
    /// The outcome of each fold, after the last epoch that was trained.
    package let folds: [FoldOutcome]

    /// Whether the training of a fold diverged.
    package let isDiverged: Bool

    /// Whether the training was stopped early.
    package let isStopped: Bool

    /// Epochs that were trained; none if the objective does not say.
    package let epochs: Int?

    /// The outcome of a cross-validation.
    ///
    /// - Precondition: There is a fold.
    package init(folds: [FoldOutcome], isDiverged: Bool, isStopped: Bool = false, epochs: Int? = nil) {
        precondition(!folds.isEmpty, "a trial without folds has no loss")
        self.folds = folds
        self.isDiverged = isDiverged
        self.isStopped = isStopped
        self.epochs = epochs
    }

    /// The mean of the folds' validation losses, in nats: what is minimised.
    package var validationLoss: Double { folds.mean(of: \.validationLoss) }

    /// How it went.
    package var state: Evaluation.State { isDiverged ? .diverged : isStopped ? .pruned : .complete }
}

extension [FoldOutcome] {
    /// The mean of a quantity over the folds.
    package func mean(of quantity: (FoldOutcome) -> Double) -> Double {
        map(quantity).reduce(0, +) / Double(count)
    }

    /// The sample standard deviation of a quantity over the folds (divisor n − 1); none for fewer than two.
    package func standardDeviation(of quantity: (FoldOutcome) -> Double) -> Double? {
        guard count > 1 else { return nil }
        let mean = mean(of: quantity)
        return (map { (quantity($0) - mean) * (quantity($0) - mean) }.reduce(0, +) / Double(count - 1)).squareRoot()
    }
}
