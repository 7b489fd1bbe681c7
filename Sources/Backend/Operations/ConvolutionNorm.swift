/// A convolution and the batch norm that reads it, with residual addition, ReLU and max-pooling: what a residual network
/// is made of.
///
/// `x = b[m,o] + sum over c,u,v of w[m,o,c,u,v] input[m,n,c, i s - p + u, j s - p + v]`, then ``BatchNorm`` of `x`.
///
/// They are one operation so that a backend may take the batch's moments while it writes the convolution, and fold the
/// normalisation into the weights in evaluation.
package struct ConvolutionNorm<Parameters: ParameterStorage> {
    package var convolution: Convolution
    /// `[O, C, kernel.height, kernel.width]` of each model.
    package var weights: ParameterSlice<Parameters>
    /// `[O]` of each model, or nil for none.
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

    /// The shape of the convolution's output for its input's.
    package func convolvedShape(for input: ActivationShape) -> ActivationShape {
        var shape = input
        shape.channels = convolution.outputChannels
        shape.image = convolution.output
        return shape
    }

    /// Throws unless all shapes are those of a forward pass.
    ///
    /// - Parameters:
    ///   - record: nil in evaluation.
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

    /// Throws unless all shapes are those of a backward pass.
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
        let winners = record?.winners.map { [$0.places.shape, $0.values.shape] } ?? []
        try norm.validate(
            shape: shape, residual: residual, outputs: outputs + winners,
            channelValues: record.map { [$0.mean, $0.inverseDeviation] } ?? [], counts: counts, operation: operation)
    }
}

/// What the forward pass of a ``ConvolutionNorm`` leaves for the backward pass.
package struct ConvolutionNormRecord<Activation: ActivationStorage, Parameters: ParameterStorage> {
    /// The convolution's output, `x`.
    package var convolved: Activation
    /// The batch's mean, `[O]`.
    package var mean: ParameterSlice<Parameters>
    /// `1 / sqrt(variance + epsilon)` of the batch, `[O]`.
    package var inverseDeviation: ParameterSlice<Parameters>
    /// Room for the winners of a pooling; without it the backward pass finds them again.
    package var winners: PoolWinners<Activation>?

    package init(
        convolved: Activation, mean: ParameterSlice<Parameters>, inverseDeviation: ParameterSlice<Parameters>,
        winners: PoolWinners<Activation>? = nil
    ) {
        self.convolved = convolved
        self.mean = mean
        self.inverseDeviation = inverseDeviation
        self.winners = winners
    }
}

/// What a forward pass notes of the winners of a pooling's windows, so that the backward pass need not look for them.
///
/// Both have the shape of the pooling's output; what a backend writes there, if anything, is its own business.
package struct PoolWinners<Activation: ActivationStorage> {
    /// Where the winner is in its window.
    package var places: Activation
    /// The winner before its normalisation.
    package var values: Activation

    package init(places: Activation, values: Activation) {
        self.places = places
        self.values = values
    }
}

/// The gradients in the parameters of a ``ConvolutionNorm``, each of its parameter's count.
package struct ConvolutionNormGradients<Parameters: ParameterStorage> {
    package var weights: ParameterSlice<Parameters>
    /// Nil where the convolution has no bias.
    package var bias: ParameterSlice<Parameters>?
    /// In the scale of the batch norm.
    package var normWeight: ParameterSlice<Parameters>
    /// In the shift of the batch norm.
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
    /// Throws unless weights and bias, or their gradients, have the counts of this convolution.
    package func validate<Parameters>(
        weights: ParameterSlice<Parameters>, bias: ParameterSlice<Parameters>?, models: Int, operation: String
    ) throws(BackendError) {
        try weights.validate(models: models, count: weightCount, "weights", operation: operation)
        try bias?.validate(models: models, count: outputChannels, "bias", operation: operation)
    }
}

/// Convolution with batch norm, forward and backward.
package protocol ConvolutionNormOperations: StorageOperations {
    /// What the forward pass leaves for the backward pass.
    typealias Record = ConvolutionNormRecord<Activation, Parameters>

    /// Training: convolves, normalises by the mean and biased variance of the batch, and moves the running estimates
    /// towards the batch's mean and *unbiased* variance.
    ///
    /// The statistics are those of a numerically stable method (per-tile moments merged by Chan, Golub & LeVeque's
    /// formula, or sums shifted by a value of the channel), never `E[x^2] - E[x]^2`. A model without samples keeps its
    /// running estimates. Samples of `output` beyond a model's count become zero.
    /// - Parameters:
    ///   - residual: added before the activation, or nil; of the shape of the convolution's output.
    ///   - record: filled for the gradient. It stays as it is until the last operation has read `output`, which a backend
    ///     may form from it no sooner than there.
    /// - Throws: ``BackendError/singleValuePerChannel(operation:model:)`` where a model has one value a channel.
    func forwardTraining(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        record: Record, output: Activation
    ) throws(BackendError)

    /// Evaluation: normalises by the running estimates, which stay as they are.
    func forwardEvaluation(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError)

    /// The gradients of `forwardTraining`, from that in its output.
    ///
    /// The gradient of a pooling's window goes to the value that won it. With `g` the gradient where the ReLU let the
    /// value through (`!(y <= 0)`, so that NaN passes, as in PyTorch) and 0 elsewhere, `n` values a channel and
    /// `z = (x - mean) * inverseDeviation`: `normBias = sum g`, `normWeight = sum g z`, the residual's gradient is `g`,
    /// and that in `x` is `weight * inverseDeviation * (g - normBias / n - z * normWeight / n)`. From it come those in
    /// the convolution's weights, bias and input, each a sum of products over samples and pixels or over taps.
    ///
    /// What nobody needs any more gives its place away, since every array that a step touches makes it leave the caches
    /// sooner: the gradient in `x` takes the place of `x`, and `g` that of `outputGradient`.
    ///
    /// A model without samples gets zero parameter gradients.
    /// - Parameters:
    ///   - input: what the forward operation read.
    ///   - output: what the forward operation wrote; read where there is a ReLU, and may hold anything afterwards.
    ///   - outputGradient: becomes `g`, the gradient in the residual; with a pooling it may hold anything afterwards.
    ///   - record: what the forward operation left; the gradient in `x` takes the place of `x`.
    ///   - inputGradient: gets the gradient in the input, or nil where nobody needs it; may be `output`, for which nobody
    ///     has any use by then.
    ///   - accumulate: adds to what `inputGradient` holds, for an input that has other readers.
    func backward(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, output: Activation, outputGradient: Activation,
        counts: SampleCounts, record: Record, gradients: ConvolutionNormGradients<Parameters>,
        inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError)
}
