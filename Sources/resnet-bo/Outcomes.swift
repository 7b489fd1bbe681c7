import Studies
import Training

extension TrialOutcome {
    /// What a study records of a cross-validated learning rate.
    init(_ result: CrossValidationResult) {
        self.init(folds: result.folds.map(FoldOutcome.init), isDiverged: result.isDiverged)
    }
}

extension FoldOutcome {
    init(_ result: FoldResult) {
        self.init(
            fold: result.fold, validationLoss: result.validation.loss, validationAccuracy: result.validation.accuracy,
            testLoss: result.test.loss, testAccuracy: result.test.accuracy,
            epochLosses: result.epochs.isEmpty ? nil : result.epochs.map(\.loss))
    }
}
