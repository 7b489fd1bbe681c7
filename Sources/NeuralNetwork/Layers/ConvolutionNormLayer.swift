import Backend

/// A convolution with batch norm, residual addition, ReLU and pooling: PyTorch's `Conv2d` and `BatchNorm2d`.
struct ConvolutionNormLayer<B: Backend> {
    /// The output and its gradient.
    let output: Signal<B>

    private let layer: ConvolutionNorm<B.Parameters>
    private let gradients: ConvolutionNormGradients<B.Parameters>
    private let record: ConvolutionNormRecord<B.Activation, B.Parameters>

    /// - Parameter gradient: the memory of the output gradient; nil allocates it.
    init(
        _ convolution: Convolution, _ name: String, norm normName: String, bias: Bool = true, relu: Bool,
        pool: MaxPool? = nil, gradient: B.Activation? = nil, in workspace: StackWorkspace<B>
    ) throws(BackendError) {
        let (state, channels) = (workspace.state, convolution.outputChannels)
        let norm = BatchNorm(
            weight: state.values("\(normName).weight"), bias: state.values("\(normName).bias"),
            runningMean: state.values("\(normName).running_mean"),
            runningVariance: state.values("\(normName).running_var"), relu: relu, pool: pool)
        layer = ConvolutionNorm(
            convolution, weights: state.values("\(name).weight"), bias: bias ? state.values("\(name).bias") : nil,
            norm: norm)
        gradients = ConvolutionNormGradients(
            weights: state.gradient("\(name).weight"), bias: bias ? state.gradient("\(name).bias") : nil,
            normWeight: state.gradient("\(normName).weight"), normBias: state.gradient("\(normName).bias"))
        let backend = workspace.backend
        let convolved = try workspace.activation(channels: channels, image: convolution.output)
        let image = norm.outputShape(for: convolved.shape).image
        let argmax = try pool.map { _ throws(BackendError) in
            PoolArgmax(
                indices: try workspace.activation(channels: channels, image: image),
                values: try workspace.activation(channels: channels, image: image))
        }
        record = ConvolutionNormRecord(
            convolved: convolved, mean: B.Slice(try backend.makeParameters(models: state.models, count: channels)),
            rstd: B.Slice(try backend.makeParameters(models: state.models, count: channels)),
            argmax: argmax)
        let value = try workspace.activation(channels: channels, image: image)
        let gradient =
            if let gradient { gradient } else { try workspace.activation(channels: channels, image: image) }
        output = Signal(value: value, gradient: gradient)
    }

    func forward(_ input: B.Activation, adding residual: B.Activation? = nil, _ step: StepContext<B>)
        throws(BackendError) -> B.Activation
    {
        if step.isTraining {
            try step.backend.forwardTraining(
                layer, input: input, residual: residual, counts: step.counts, record: record, output: output.value)
        } else {
            try step.backend.forwardEvaluation(
                layer, input: input, residual: residual, counts: step.counts, output: output.value)
        }
        return output.value
    }

    /// Computes the parameter gradients and, unless `inputGradient` is nil, the input gradient from the output gradient, which
    /// becomes the residual gradient.
    ///
    /// - Parameter accumulate: adds to the input gradient, for an input with several consumers.
    func backward(
        _ input: B.Activation, inputGradient: B.Activation?, accumulate: Bool = false, _ step: StepContext<B>
    ) throws(BackendError) {
        try step.backend.backward(
            layer, input: input, output: output.value, outputGradient: output.gradient, counts: step.counts,
            record: record, gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
    }
}
