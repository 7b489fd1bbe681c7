/// What all trainings of a run have in common, besides their hyperparameters.
package struct TrainingSettings: Sendable, Equatable {
    /// Passes through the training samples.
    package var epochs: Int

    /// Decides the initial weights, the folds and the orders.
    package var seed: UInt32

    /// How the learning rate changes during a training.
    package var schedule: LearningRateSchedule

    /// Whether momentum is that of Nesterov.
    package var nesterov: Bool

    /// The random changes of the training images.
    package var augmentation: Augmentation

    /// Settings from their parts.
    package init(
        epochs: Int = 5, seed: UInt32 = 10, schedule: LearningRateSchedule = .constant, nesterov: Bool = false,
        augmentation: Augmentation = []
    ) {
        self.epochs = epochs
        self.seed = seed
        self.schedule = schedule
        self.nesterov = nesterov
        self.augmentation = augmentation
    }
}
