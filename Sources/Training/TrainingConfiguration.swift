package import NeuralNetwork

/// The hyperparameters of a trial, which may differ between the trainings of one cross-validation.
package struct TrainingConfiguration: Sendable, Hashable {
    /// The SGD settings of every model.
    package var sgd: SGD
    /// The number of samples of a training step; the last step of an epoch may have fewer.
    package var batchSize: Int
    /// 0, or the number of a repetition with other orders of samples (``epochOrder(_:seed:fold:epoch:replicate:)``).
    package var replicate: Int

    package init(sgd: SGD, batchSize: Int, replicate: Int = 0) {
        self.sgd = sgd
        self.batchSize = batchSize
        self.replicate = replicate
    }
}
