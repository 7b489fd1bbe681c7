import Backend

/// A convolution with batch norm and what follows, and its parameters: PyTorch's `Conv2d` and `BatchNorm2d`.
struct ConvolutionNormLayer<B: Backend> {
    /// The output, and the gradient in it.
    let output: Signal<B>

    private let layer: ConvolutionNorm<B.Parameters>
    private let gradients: ConvolutionNormGradients<B.Parameters>
    private let record: ConvolutionNormRecord<B.Activation, B.Parameters>

    /// - Parameter gradient: where the gradient in the output goes, or nil for a place of its own.
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
        var winners: PoolArgmax<B.Activation>?
        if pool != nil {
            winners = PoolArgmax(
                places: try workspace.activation(channels: channels, image: image),
                values: try workspace.activation(channels: channels, image: image))
        }
        record = ConvolutionNormRecord(
            convolved: convolved, mean: B.Slice(try backend.makeParameters(models: state.models, count: channels)),
            rstd: B.Slice(try backend.makeParameters(models: state.models, count: channels)),
            winners: winners)
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

    /// From the gradient in the output, which becomes that in the residual, to those in the parameters and, unless it is
    /// nil, the input.
    /// - Parameter accumulate: adds to the input's gradient, for an input that has other readers.
    func backward(
        _ input: B.Activation, inputGradient: B.Activation?, accumulate: Bool = false, _ step: StepContext<B>
    ) throws(BackendError) {
        try step.backend.backward(
            layer, input: input, output: output.value, outputGradient: output.gradient, counts: step.counts,
            record: record, gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
    }
}
