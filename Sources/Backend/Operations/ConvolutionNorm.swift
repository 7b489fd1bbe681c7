/// A convolution and the batch norm of its output, with residual addition, ReLU and max-pooling: the building block of a
/// residual network.
///
/// `x = b[m,o] + sum over c,u,v of w[m,o,c,u,v] input[m,n,c, i s - p + u, j s - p + v]`, then ``BatchNorm`` of `x`.
///
/// They are one operation, so that a backend can compute the moments of the batch while it writes the convolution, and can
/// fold the normalisation into the weights in evaluation.
package struct ConvolutionNorm<Parameters: ParameterStorage> {
    package var convolution: Convolution
    /// `[O, C, kernel.height, kernel.width]` of each model.
    package var weights: ParameterSlice<Parameters>
    /// `[O]` of each model, or nil without a bias.
    package var bias: ParameterSlice<Parameters>?
    package var norm: BatchNorm<Parameters>

    package init(
        _ convolution: Convolution, weights: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>?,
        norm: BatchNorm<Parameters>
    ) {
        self.convolution = convolution
        self.weights = weights
        self.bias = bias
        self.norm = norm
    }

    /// The shape of the convolution's output for an input of shape `input`.
    package func convolvedShape(for input: ActivationShape) -> ActivationShape {
        var shape = input
        shape.channels = convolution.outputChannels
        shape.image = convolution.output
        return shape
    }

    /// Checks the shapes of a forward pass.
    ///
    /// - Parameter record: nil in evaluation.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``, and in training
    ///   ``BackendError/singleValuePerChannel(operation:model:)``.
    package func validateForward<Activation>(
        input: Activation, residual: Activation?, record: ConvolutionNormRecord<Activation, Parameters>?,
        output: Activation, counts: SampleCounts, operation: String
    ) throws(BackendError) {
        try validate(
            input: input.shape, record: record, residual: residual?.shape, outputs: [output.shape], counts: counts,
            operation: operation)
        if record != nil {
            try norm.requireSeveralValues(
                shape: convolvedShape(for: input.shape), counts: counts, operation: operation)
        }
    }

    /// Checks the shapes of a backward pass.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validateBackward<Activation>(
        input: Activation, output: Activation, outputGradient: Activation,
        record: ConvolutionNormRecord<Activation, Parameters>, gradients: ConvolutionNormGradients<Parameters>,
        inputGradient: Activation?, counts: SampleCounts, operation: String
    ) throws(BackendError) {
        try validate(
            input: input.shape, record: record, residual: nil, outputs: [output.shape, outputGradient.shape],
            counts: counts, operation: operation)
        if let inputGradient {
            try requireShape(inputGradient.shape, is: input.shape, "input gradient", operation: operation)
        }
        try convolution.validate(
            weights: gradients.weights, bias: gradients.bias, models: input.shape.models, operation: operation)
        for slice in [gradients.normWeight, gradients.normBias] {
            try slice.validate(
                models: input.shape.models, count: convolution.outputChannels, "gradient", operation: operation)
        }
    }

    private func validate<Activation>(
        input: ActivationShape, record: ConvolutionNormRecord<Activation, Parameters>?, residual: ActivationShape?,
        outputs: [ActivationShape], counts: SampleCounts, operation: String
    ) throws(BackendError) {
        let shape = convolvedShape(for: input)
        try convolution.validate(
            input: input, output: record?.convolved.shape ?? shape, counts: counts, operation: operation)
        try convolution.validate(weights: weights, bias: bias, models: input.models, operation: operation)
        let argmax = record?.argmax.map { [$0.indices.shape, $0.values.shape] } ?? []
        try norm.validate(
            shape: shape, residual: residual, outputs: outputs + argmax,
            channelValues: record.map { [$0.mean, $0.rstd] } ?? [], counts: counts, operation: operation)
    }
}

/// The values that the forward pass of a ``ConvolutionNorm`` saves for the backward pass.
package struct ConvolutionNormRecord<Activation: ActivationStorage, Parameters: ParameterStorage> {
    /// The convolution's output, `x`.
    package var convolved: Activation
    /// The mean of the batch, `[O]`.
    package var mean: ParameterSlice<Parameters>
    /// The reciprocal standard deviation of the batch, `1 / sqrt(variance + epsilon)`, `[O]`.
    package var rstd: ParameterSlice<Parameters>
    /// Memory for the argmax of a pooling; without it the backward pass computes the argmax again.
    package var argmax: PoolArgmax<Activation>?

    package init(
        convolved: Activation, mean: ParameterSlice<Parameters>, rstd: ParameterSlice<Parameters>,
        argmax: PoolArgmax<Activation>? = nil
    ) {
        self.convolved = convolved
        self.mean = mean
        self.rstd = rstd
        self.argmax = argmax
    }
}

/// The argmax of a pooling, which the forward pass saves for the backward pass.
///
/// Both activations have the shape of the pooling's output. Their contents are private to the backend.
package struct PoolArgmax<Activation: ActivationStorage> {
    /// The argmax index of each window.
    package var indices: Activation
    /// The value at that index, before the normalisation.
    package var values: Activation

    package init(indices: Activation, values: Activation) {
        self.indices = indices
        self.values = values
    }
}

/// The parameter gradients of a ``ConvolutionNorm``, each of the size of its parameter.
package struct ConvolutionNormGradients<Parameters: ParameterStorage> {
    package var weights: ParameterSlice<Parameters>
    /// Nil if the convolution has no bias.
    package var bias: ParameterSlice<Parameters>?
    /// The gradient of the batch norm's scale.
    package var normWeight: ParameterSlice<Parameters>
    /// The gradient of the batch norm's shift.
    package var normBias: ParameterSlice<Parameters>

    package init(
        weights: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>?, normWeight: ParameterSlice<Parameters>,
        normBias: ParameterSlice<Parameters>
    ) {
        self.weights = weights
        self.bias = bias
        self.normWeight = normWeight
        self.normBias = normBias
    }
}

extension Convolution {
    /// Checks the sizes of weights and bias, or of their gradients.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate<Parameters>(
        weights: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>?, models: Int, operation: String
    ) throws(BackendError) {
        try weights.validate(models: models, count: weightCount, "weights", operation: operation)
        try bias?.validate(models: models, count: outputChannels, "bias", operation: operation)
    }
}

/// Convolution with batch norm, forward and backward.
package protocol ConvolutionNormOperations: StorageOperations {
    /// The values that the forward pass saves for the backward pass.
    typealias Record = ConvolutionNormRecord<Activation, Parameters>

    /// Training: convolves, normalises by the mean and biased variance of the batch, and updates the running estimates with
    /// the mean and *unbiased* variance of the batch.
    ///
    /// The statistics are computed by a numerically stable method (per-tile moments merged by Chan, Golub & LeVeque's
    /// formula, or sums shifted by a value of the channel), never as `E[x^2] - E[x]^2`. A model without samples keeps its
    /// running estimates. Samples of `output` beyond a model's count become zero.
    /// - Parameters:
    ///   - residual: added before the activation, or nil; it has the shape of the convolution's output.
    ///   - record: filled for the backward pass. The caller does not change it until the last operation has read `output`:
    ///     a backend may materialise `output` from the record when it is read.
    /// - Throws: ``BackendError/singleValuePerChannel(operation:model:)`` if a model has one value per channel.
    func forwardTraining(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        record: Record, output: Activation
    ) throws(BackendError)

    /// Evaluation: normalises by the running estimates and does not change them.
    func forwardEvaluation(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError)

    /// Computes the gradients of `forwardTraining` from the gradient of its output.
    ///
    /// The gradient of a pooling window goes to the input at the argmax index of the window. Let `g` be the output gradient
    /// where the ReLU passes the value (`!(y <= 0)`, so that NaN passes, as in PyTorch) and 0 elsewhere, `n` the number of
    /// values per channel, and `z = (x - mean) * rstd`. Then `normBias = sum g`, `normWeight = sum g z`, the residual
    /// gradient is `g`, and the gradient of `x` is `weight * rstd * (g - normBias / n - z * normWeight / n)`. The gradients
    /// of the convolution's weights, bias and input follow from it, each as a sum of products over samples and pixels or
    /// over taps.
    ///
    /// Buffer reuse: the gradient of `x` overwrites `x`, and `g` overwrites `outputGradient`. A smaller working set stays
    /// in the caches longer.
    ///
    /// The parameter gradients of a model without samples are zero.
    /// - Parameters:
    ///   - input: the input of the forward operation.
    ///   - output: the output of the forward operation; read if there is a ReLU; its contents are undefined afterwards.
    ///   - outputGradient: becomes `g`, the residual gradient; with a pooling its contents are undefined afterwards.
    ///   - record: the record of the forward operation; the gradient of `x` overwrites `x`.
    ///   - inputGradient: receives the gradient of the input; nil if it is not needed. It may be `output`: a backend
    ///     reads `output` before it writes `inputGradient`.
    ///   - accumulate: adds to the contents of `inputGradient`, for an input with several consumers.
    func backward(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, output: Activation, outputGradient: Activation,
        counts: SampleCounts, record: Record, gradients: ConvolutionNormGradients<Parameters>,
        inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError)
}
