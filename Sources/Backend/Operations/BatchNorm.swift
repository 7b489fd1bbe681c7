/// One batch-norm layer of a stack: PyTorch's `BatchNorm2d`, with the residual addition, ReLU and max-pooling after it.
///
/// `y = pool(activation(weight (x - mean) / sqrt(variance + epsilon) + bias + residual))`
///
/// These are one operation, because each of them alone would be a pass over memory.
package struct BatchNorm<Parameters: ParameterStorage> {
    /// Scale `[C]` of each model.
    package var weight: ParameterSlice<Parameters>
    /// Shift `[C]` of each model.
    package var bias: ParameterSlice<Parameters>
    /// Running mean `[C]`, used in evaluation.
    package var runningMean: ParameterSlice<Parameters>
    /// Running unbiased variance `[C]`, used in evaluation.
    package var runningVariance: ParameterSlice<Parameters>
    /// Whether a ReLU follows.
    package var relu: Bool
    /// The max-pooling at the end, or nil; it can't be combined with a residual.
    package var pool: MaxPool?
    /// Added to the variance, `eps` of PyTorch.
    package var epsilon: Float
    /// Weight of the newest batch in the running estimates.
    package var momentum: Float

    package init(
        weight: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>, runningMean: ParameterSlice<Parameters>,
        runningVariance: ParameterSlice<Parameters>, relu: Bool, pool: MaxPool? = nil, epsilon: Float = 1e-5,
        momentum: Float = 0.1
    ) {
        self.weight = weight
        self.bias = bias
        self.runningMean = runningMean
        self.runningVariance = runningVariance
        self.relu = relu
        self.pool = pool
        self.epsilon = epsilon
        self.momentum = momentum
    }

    /// The shape of the output for an input of shape `input`.
    package func outputShape(for input: ActivationShape) -> ActivationShape {
        var output = input
        if let pool { output.image = pool.output(for: input.image) }
        return output
    }

    /// Checks the shapes of a call.
    ///
    /// - Parameters:
    ///   - shape: the shape of the input.
    ///   - residual: the shape of the residual, or nil without one.
    ///   - outputs: the shapes of the output and of its gradient.
    ///   - channelValues: further slices with one number per channel.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate(
        shape: ActivationShape, residual: ActivationShape?, outputs: [ActivationShape],
        channelValues: [ParameterSlice<Parameters>] = [], counts: SampleCounts, operation: String
    ) throws(BackendError) {
        try pool?.validate(on: shape.image, operation: operation)
        if let residual {
            try requireShape(residual, is: shape, "residual", operation: operation)
            guard pool == nil else {
                throw .shapeMismatch(operation: operation, expected: "a residual or a pooling", found: "both")
            }
        }
        for output in outputs {
            try requireShape(output, is: outputShape(for: shape), "output", operation: operation)
        }
        for slice in [weight, bias, runningMean, runningVariance] + channelValues {
            try slice.validate(models: shape.models, count: shape.channels, "parameter", operation: operation)
        }
        try counts.validate(for: shape, operation: operation)
    }

    /// Throws ``BackendError/singleValuePerChannel(operation:model:)`` if a model has a single value per channel.
    package func requireSeveralValues(shape: ActivationShape, counts: SampleCounts, operation: String)
        throws(BackendError)
    {
        if let model = counts.perModel.firstIndex(where: { $0 * shape.image.area == 1 }) {
            throw .singleValuePerChannel(operation: operation, model: model)
        }
    }
}
