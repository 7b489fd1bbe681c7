/// What a training step does with one model: the settings in which the models of a stack may differ.
///
/// They have the same meaning as in PyTorch's `torch.optim.SGD`, without dampening, and `CrossEntropyLoss`.
package struct StepSettings: Hashable, Sendable {
    /// The factor of the velocity in a step.
    package var learningRate: Double
    /// The factor of the previous velocity; 0 for no momentum.
    package var momentum: Double
    /// The factor of each parameter that is added to its gradient; 0 for no weight decay.
    package var weightDecay: Double
    /// The part of a label that all classes share in the loss of training, at least 0 and below 1 (`CrossEntropyLoss`).
    package var labelSmoothing: Double
    /// The largest norm of all gradients together (`clip_grad_norm_`); 0 for no limit.
    package var clipNorm: Double
    /// The probability of each dropout that has none of its own, at least 0 and below 1 (`Dropout`).
    package var dropout: Double

    /// The default is plain SGD, without momentum and weight decay.
    package init(
        learningRate: Double, momentum: Double = 0, weightDecay: Double = 0, labelSmoothing: Double = 0,
        clipNorm: Double = 0, dropout: Double = 0
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.labelSmoothing = labelSmoothing
        self.clipNorm = clipNorm
        self.dropout = dropout
    }

    /// Whether momentum and weight decay are zero in single precision.
    var isPlain: Bool { Float(momentum) == 0 && Float(weightDecay) == 0 }
}
