/// The settings of stochastic gradient descent for one model, with the meaning they have in PyTorch's `torch.optim.SGD`
/// without dampening and Nesterov's correction.
package struct SGD: Hashable, Sendable {
    /// How far a step goes along the velocity.
    package var learningRate: Double
    /// The part of the last step's velocity that is kept; 0 for none.
    package var momentum: Double
    /// What is added of every parameter to its gradient; 0 for nothing.
    package var weightDecay: Double

    /// Settings of descent; without momentum and decay they are plain.
    package init(learningRate: Double, momentum: Double = 0, weightDecay: Double = 0) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// Whether a step is the learning rate times the gradient and nothing else, in single precision.
    var isPlain: Bool { Float(momentum) == 0 && Float(weightDecay) == 0 }
}
