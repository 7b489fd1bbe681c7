/// What a training run is made of, besides its learning rate.
package struct TrainingSettings: Sendable, Equatable {
    /// Passes through the training samples.
    package var epochs: Int
    /// Samples of a gradient step; the last of an epoch may have fewer.
    package var batchSize: Int
    /// Decides the initial weights, the folds and the orders.
    package var seed: UInt32

    package init(epochs: Int = 5, batchSize: Int = 64, seed: UInt32 = 10) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
    }
}
