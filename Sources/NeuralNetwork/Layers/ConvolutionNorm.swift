import Backend

/// A convolution and the batch norm that reads it: the pair every part of the network is made of.
struct ConvolutionNorm<B: Backend> {
    let convolution: ConvolutionLayer<B>
    let norm: BatchNormLayer<B>

    init(
        _ convolution: Convolution, _ name: String, norm normName: String, bias: Bool = true, relu: Bool,
        in workspace: StackWorkspace<B>
    ) throws(BackendError) {
        self.convolution = try ConvolutionLayer(convolution, name, bias: bias, in: workspace)
        norm = try BatchNormLayer(
            normName, channels: convolution.outputChannels, image: convolution.output, relu: relu, in: workspace)
    }

    var output: Signal<B> { norm.output }

    func forward(_ input: B.Activation, adding residual: B.Activation? = nil, _ step: StepContext<B>)
        throws(BackendError) -> B.Activation
    {
        try norm.forward(try convolution.forward(input, step), adding: residual, step)
    }

    /// From the gradient in the output to those in the parameters, the residual and, unless it is nil, the input.
    func backward(
        _ input: B.Activation, inputGradient: B.Activation?, accumulate: Bool = false,
        residualGradient: B.Activation? = nil, _ step: StepContext<B>
    ) throws(BackendError) {
        let gradient = try norm.backward(convolution.output, residualGradient: residualGradient, step)
        try convolution.backward(
            input, outputGradient: gradient, inputGradient: inputGradient, accumulate: accumulate, step)
    }
}
