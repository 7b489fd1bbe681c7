import Backend

/// A residual block: `relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))`.
///
/// The shortcut is the identity, or a convolution with batch norm where the block changes extent and channels.
struct ResidualBlock<B: Backend> {
    let first: ConvolutionNormLayer<B>
    let second: ConvolutionNormLayer<B>
    let downsample: ConvolutionNormLayer<B>?

    init(_ block: ResidualBlockDescription, in workspace: StackWorkspace<B>) throws(BackendError) {
        let name = block.name
        first = try ConvolutionNormLayer(block.first, "\(name).conv1", norm: "\(name).bn1", relu: true, in: workspace)
        second = try ConvolutionNormLayer(block.second, "\(name).conv2", norm: "\(name).bn2", relu: true, in: workspace)
        if let convolution = block.downsample {
            downsample = try ConvolutionNormLayer(
                convolution, "\(name).downsample.0", norm: "\(name).downsample.1", bias: false, relu: false,
                in: workspace)
        } else {
            downsample = nil
        }
    }

    var output: Signal<B> { second.output }

    func forward(_ input: B.Activation, _ step: StepContext<B>) throws(BackendError) -> B.Activation {
        let inner = try first.forward(input, step)
        let shortcut = try downsample?.forward(input, step) ?? input
        return try second.forward(inner, adding: shortcut, step)
    }

    /// From the gradient in the output to those in the parameters and the input.
    func backward(_ input: Signal<B>, _ step: StepContext<B>) throws(BackendError) {
        let shortcutGradient = downsample?.output.gradient ?? input.gradient
        try second.backward(
            first.output.value, inputGradient: first.output.gradient, residualGradient: shortcutGradient, step)
        // The input has two readers, so the second to come adds to the gradient of the first.
        try downsample?.backward(input.value, inputGradient: input.gradient, step)
        try first.backward(input.value, inputGradient: input.gradient, accumulate: true, step)
    }
}
