import BayesianOptimization
import Studies
import Training

extension TrialRecord.Outcome {
    /// The record of a cross-validated configuration.
    init(_ result: CrossValidationResult) {
        self.init(
            folds: result.folds.map(TrialRecord.FoldOutcome.init),
            state: result.isDiverged ? .diverged : result.isStopped ? .pruned : .complete,
            epochs: result.trainedEpochs)
    }
}

extension TrialRecord.FoldOutcome {
    /// The record of a fold.
    init(_ result: FoldResult) {
        self.init(
            fold: result.fold, validationLoss: result.validation.loss, validationAccuracy: result.validation.accuracy,
            testLoss: result.test.loss, testAccuracy: result.test.accuracy,
            epochLosses: result.epochs.isEmpty ? nil : result.epochs.map(\.loss))
    }
}

extension TrainingConfiguration {
    /// The training configuration of a trial.
    init(_ parameters: [NamedValue], replicate: Int = 0) {
        self.init(
            Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.number ?? .nan) }),
            replicate: replicate)
    }
}
