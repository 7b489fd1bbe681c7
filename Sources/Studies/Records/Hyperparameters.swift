/// What a trial is made with: everything that a study can search.
package struct Hyperparameters: Sendable, Hashable {
    /// The learning rate of gradient descent.
    package var learningRate: Double

    /// The part of a step's velocity that the next one keeps, 0 to below 1.
    package var momentum: Double

    /// What is added of every weight to its gradient.
    package var weightDecay: Double

    /// Samples of a gradient step.
    package var batchSize: Int

    /// The hyperparameters of a trial.
    package init(learningRate: Double, momentum: Double = 0, weightDecay: Double = 0, batchSize: Int = 64) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.batchSize = batchSize
    }
}
