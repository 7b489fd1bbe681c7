import Backend

/// A convolution with its parameters, PyTorch's `Conv2d`.
///
/// Input `[M, N, C, H, W]`, output `[M, N, O, H', W']`.
struct ConvolutionLayer<B: Backend> {
    let convolution: Convolution
    let weight: B.Slice
    let weightGradient: B.Slice
    let bias: B.Slice?
    let biasGradient: B.Slice?
    let output: B.Activation

    init(_ convolution: Convolution, _ name: String, bias: Bool = true, in workspace: StackWorkspace<B>)
        throws(BackendError)
    {
        self.convolution = convolution
        weight = workspace.state.values("\(name).weight")
        weightGradient = workspace.state.gradient("\(name).weight")
        self.bias = bias ? workspace.state.values("\(name).bias") : nil
        biasGradient = bias ? workspace.state.gradient("\(name).bias") : nil
        output = try workspace.activation(channels: convolution.outputChannels, image: convolution.output)
    }

    func forward(_ input: B.Activation, _ step: StepContext<B>) throws(BackendError) -> B.Activation {
        try step.backend.convolve(
            convolution, input: input, weights: weight, bias: bias, counts: step.counts, output: output)
        return output
    }

    /// The gradients in the parameters and, unless it is nil, in the input.
    /// - Parameter accumulate: adds to the input's gradient, for an input that has other readers.
    func backward(
        _ input: B.Activation, outputGradient: B.Activation, inputGradient: B.Activation?, accumulate: Bool = false,
        _ step: StepContext<B>
    ) throws(BackendError) {
        try step.backend.convolveParameterGradients(
            convolution, input: input, outputGradient: outputGradient, counts: step.counts,
            weightGradient: weightGradient, biasGradient: biasGradient)
        if let inputGradient {
            try step.backend.convolveInputGradient(
                convolution, outputGradient: outputGradient, weights: weight, counts: step.counts,
                accumulate: accumulate, inputGradient: inputGradient)
        }
    }
}
