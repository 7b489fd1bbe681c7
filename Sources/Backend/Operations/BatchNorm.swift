/// One batch-norm layer of a stack: PyTorch's `BatchNorm2d`, with what follows it in a residual network.
///
/// `y = activation(weight (x - mean) / sqrt(variance + epsilon) + bias + residual)`
///
/// Normalisation, residual addition and ReLU are one operation because each alone is a pass over memory.
package struct BatchNorm<Parameters: ParameterStorage> {
    /// Scale `[C]` of each model.
    package var weight: ParameterSlice<Parameters>
    /// Shift `[C]` of each model.
    package var bias: ParameterSlice<Parameters>
    /// Running mean `[C]`, used in evaluation.
    package var runningMean: ParameterSlice<Parameters>
    /// Running unbiased variance `[C]`, used in evaluation.
    package var runningVariance: ParameterSlice<Parameters>
    /// Whether a ReLU ends the operation.
    package var relu: Bool
    /// Added to the variance, `eps` of PyTorch.
    package var epsilon: Float
    /// Weight of the newest batch in the running estimates.
    package var momentum: Float

    package init(
        weight: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>, runningMean: ParameterSlice<Parameters>,
        runningVariance: ParameterSlice<Parameters>, relu: Bool, epsilon: Float = 1e-5, momentum: Float = 0.1
    ) {
        self.weight = weight
        self.bias = bias
        self.runningMean = runningMean
        self.runningVariance = runningVariance
        self.relu = relu
        self.epsilon = epsilon
        self.momentum = momentum
    }

    /// Throws unless all shapes fit one batch-norm layer.
    ///
    /// - Parameters:
    ///   - shape: Of the input.
    ///   - others: Of the other activations.
    ///   - channelValues: Further slices with one number a channel.
    package func validate(
        shape: ActivationShape, others: [ActivationShape?], channelValues: [ParameterSlice<Parameters>] = [],
        counts: SampleCounts, operation: String
    ) throws(BackendError) {
        for other in others.compactMap({ $0 }) {
            try requireShape(other, is: shape, "activation", operation: operation)
        }
        for slice in [weight, bias, runningMean, runningVariance] + channelValues {
            try slice.validate(models: shape.models, count: shape.channels, "parameter", operation: operation)
        }
        try counts.validate(for: shape, operation: operation)
    }

    /// Throws where a model would have to take the variance of a single value.
    package func requireSeveralValues(shape: ActivationShape, counts: SampleCounts, operation: String)
        throws(BackendError)
    {
        if let model = counts.perModel.firstIndex(where: { $0 * shape.image.area == 1 }) {
            throw .singleValuePerChannel(operation: operation, model: model)
        }
    }
}

/// Batch norm with residual addition and ReLU, and its gradients.
package protocol BatchNormOperations: StorageOperations {
    /// Training: normalises by the mean and biased variance of the batch, and moves the running estimates towards the
    /// batch's mean and *unbiased* variance.
    ///
    /// The statistics are those of a numerically stable method (per-tile moments merged by Chan, Golub & LeVeque's
    /// formula, or sums shifted by a value of the channel), never `E[x^2] - E[x]^2`. A model without samples keeps its
    /// running estimates. Samples of `output` beyond a model's count become zero.
    /// - Parameters:
    ///   - residual: added before the activation, or nil; of the shape of `input`.
    ///   - savedMean: `[C]`, the batch's mean, for the gradient.
    ///   - savedInverseDeviation: `[C]`, `1 / sqrt(variance + epsilon)`, for the gradient.
    /// - Throws: ``BackendError/singleValuePerChannel(operation:model:)`` where a model has one value a channel.
    func normalizeTraining(
        _ norm: BatchNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        savedMean: Slice, savedInverseDeviation: Slice, output: Activation
    ) throws(BackendError)

    /// Evaluation: normalises by the running estimates, which stay as they are.
    func normalizeEvaluation(
        _ norm: BatchNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError)

    /// The gradients of ``normalizeTraining(_:input:residual:counts:savedMean:savedInverseDeviation:output:)``.
    ///
    /// With `g = outputGradient` where the ReLU let the value through (`!(output <= 0)`, so that NaN passes, as in
    /// PyTorch) and 0 elsewhere, `n` values a channel and `z = (x - mean) * inverseDeviation`:
    /// `biasGradient = sum g`, `weightGradient = sum g z`,
    /// `inputGradient = weight * inverseDeviation * (g - biasGradient / n - z * weightGradient / n)`,
    /// `residualGradient = g`. Samples of `inputGradient` and `residualGradient` beyond a model's count become zero.
    /// A model without samples gets zero parameter gradients.
    /// - Parameters:
    ///   - output: what the forward operation wrote; read where the operation ends in a ReLU.
    ///   - residualGradient: gets the gradient in the residual, or nil where there is no residual.
    ///   - inputGradient: may be the same storage as `outputGradient`.
    func normalizeGradient(
        _ norm: BatchNorm<Parameters>, input: Activation, output: Activation, outputGradient: Activation,
        counts: SampleCounts, savedMean: Slice, savedInverseDeviation: Slice, weightGradient: Slice,
        biasGradient: Slice, residualGradient: Activation?, inputGradient: Activation
    ) throws(BackendError)
}
