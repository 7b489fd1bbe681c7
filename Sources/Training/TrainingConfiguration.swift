package import NeuralNetwork

/// What may differ between the trainings of one cross-validation: the hyperparameters of a trial (``Hyperparameter``).
package struct TrainingConfiguration: Sendable, Hashable {
    /// The settings of every model's steps.
    package var step: StepSettings

    /// Samples of a gradient step; the last of an epoch may have fewer.
    package var batchSize: Int

    /// Epochs in which the learning rate grows to its whole value; a part of an epoch counts too.
    package var warmUp: Double

    /// The factor of the channels of all layers.
    package var width: Double

    /// 0, or the number of a repetition that sees its samples in other orders (``epochOrder(_:seed:fold:epoch:replicate:)``).
    package var replicate: Int

    /// A configuration from its parts.
    package init(step: StepSettings, batchSize: Int, warmUp: Double = 0, width: Double = 1, replicate: Int = 0) {
        self.step = step
        self.batchSize = batchSize
        self.warmUp = warmUp
        self.width = width
        self.replicate = replicate
    }
}
