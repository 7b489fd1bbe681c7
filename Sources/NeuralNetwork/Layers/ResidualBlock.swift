import Backend

/// A residual block: `relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))`.
///
/// The shortcut is the identity, or a convolution with batch norm if the block changes the extent and the channels.
struct ResidualBlock<B: Backend> {
    let first: ConvolutionNormLayer<B>
    let second: ConvolutionNormLayer<B>
    let downsample: ConvolutionNormLayer<B>?

    /// Buffer reuse: in the backward pass the output gradient becomes the gradient of the shortcut, and the gradient of the
    /// inner activation overwrites the output, which is no longer read.
    init(
        _ block: ResidualBlockDescription, input: Signal<B>, in workspace: StackWorkspace<B>
    ) throws(BackendError) {
        let name = block.name
        second = try ConvolutionNormLayer(
            block.second, "\(name).conv2", norm: "\(name).bn2", relu: true,
            gradient: block.downsample == nil ? input.gradient : nil, in: workspace)
        first = try ConvolutionNormLayer(
            block.first, "\(name).conv1", norm: "\(name).bn1", relu: true, gradient: second.output.value,
            in: workspace)
        downsample = try block.downsample.map { [second] convolution throws(BackendError) in
            try ConvolutionNormLayer(
                convolution, "\(name).downsample.0", norm: "\(name).downsample.1", bias: false, relu: false,
                gradient: second.output.gradient, in: workspace)
        }
    }

    var output: Signal<B> { second.output }

    func forward(_ input: B.Activation, _ step: StepContext<B>) throws(BackendError) -> B.Activation {
        let inner = try first.forward(input, step)
        let shortcut = try downsample?.forward(input, step) ?? input
        return try second.forward(inner, adding: shortcut, step)
    }

    /// Computes the parameter gradients and the input gradient from the output gradient.
    func backward(_ input: Signal<B>, _ step: StepContext<B>) throws(BackendError) {
        try second.backward(first.output.value, inputGradient: first.output.gradient, step)
        // The input has two consumers, so the second one adds to the gradient of the first.
        try downsample?.backward(input.value, inputGradient: input.gradient, step)
        try first.backward(input.value, inputGradient: input.gradient, accumulate: true, step)
    }
}
