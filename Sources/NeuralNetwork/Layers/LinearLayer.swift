import Backend

/// The fully connected layer: PyTorch's `Linear` on the flattened image.
struct LinearLayer<B: Backend> {
    let weight: B.Slice
    let weightGradient: B.Slice
    let bias: B.Slice
    let biasGradient: B.Slice
    let output: Signal<B>

    init(_ name: String, outputs: Int, in workspace: StackWorkspace<B>) throws(BackendError) {
        weight = workspace.state.values("\(name).weight")
        weightGradient = workspace.state.gradient("\(name).weight")
        bias = workspace.state.values("\(name).bias")
        biasGradient = workspace.state.gradient("\(name).bias")
        output = Signal(
            value: try workspace.ownActivation(channels: outputs, image: Extent(1)),
            gradient: try workspace.activation(channels: outputs, image: Extent(1)))
    }

    func forward(_ input: B.Activation, _ step: StepContext<B>) throws(BackendError) -> B.Activation {
        try step.backend.linear(input: input, weights: weight, bias: bias, counts: step.counts, output: output.value)
        return output.value
    }

    func backward(_ input: Signal<B>, _ step: StepContext<B>) throws(BackendError) {
        try step.backend.linearParameterGradients(
            input: input.value, outputGradient: output.gradient, counts: step.counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
        try step.backend.linearInputGradient(
            outputGradient: output.gradient, weights: weight, counts: step.counts, inputGradient: input.gradient)
    }
}
