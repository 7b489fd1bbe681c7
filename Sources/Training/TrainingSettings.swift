/// The settings of a training run that are not hyperparameters of a trial, and the default batch size.
package struct TrainingSettings: Sendable, Equatable {
    /// The number of passes through the training samples.
    package var epochs: Int
    /// The number of samples of a training step; the last step of an epoch may have fewer.
    package var batchSize: Int
    /// The seed of the initial weights, the folds and the orders.
    package var seed: UInt32

    package init(epochs: Int = 5, batchSize: Int = 64, seed: UInt32 = 10) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
    }
}
