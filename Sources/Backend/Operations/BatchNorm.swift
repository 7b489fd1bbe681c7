/// The settings of a batch norm, as PyTorch's `BatchNorm2d`: `y = weight (x - mean) / sqrt(variance + epsilon) + bias` in each
/// channel.
package struct BatchNorm: Hashable, Sendable {
    /// Added to the variance, `eps` of PyTorch.
    package var epsilon: Float
    /// The weight of the newest batch in the running estimates.
    package var momentum: Float

    /// The default settings are PyTorch's.
    package init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }
}

/// The numbers of a batch norm, each `[C]` of each model.
package struct BatchNormParameters<Storage: ParameterStorage> {
    /// The scale.
    package var weight: ParameterSlice<Storage>
    /// The shift.
    package var bias: ParameterSlice<Storage>
    /// The running mean, used in evaluation.
    package var runningMean: ParameterSlice<Storage>
    /// The running unbiased variance, used in evaluation.
    package var runningVariance: ParameterSlice<Storage>

    package init(
        weight: ParameterSlice<Storage>, bias: ParameterSlice<Storage>, runningMean: ParameterSlice<Storage>,
        runningVariance: ParameterSlice<Storage>
    ) {
        self.weight = weight
        self.bias = bias
        self.runningMean = runningMean
        self.runningVariance = runningVariance
    }
}
