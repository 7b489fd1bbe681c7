import NeuralNetwork
import Studies
import Training

extension TrialOutcome {
    /// What a study records of a cross-validated learning rate.
    init(_ result: CrossValidationResult) {
        self.init(
            folds: result.folds.map(FoldOutcome.init), isDiverged: result.isDiverged, isStopped: result.isStopped,
            epochs: result.trainedEpochs)
    }
}

extension TrainingConfiguration {
    /// How a study's trial is trained.
    init(_ trial: Study.Trial) {
        let values = trial.hyperparameters
        self.init(
            sgd: SGD(
                learningRate: values.learningRate, momentum: values.momentum, weightDecay: values.weightDecay),
            batchSize: values.batchSize, replicate: trial.replicate)
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
