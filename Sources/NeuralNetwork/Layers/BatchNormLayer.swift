import Backend

/// Batch norm with its parameters, PyTorch's `BatchNorm2d`, with the residual addition and the ReLU that may follow.
///
/// Input, residual and output are `[M, N, C, H, W]`.
struct BatchNormLayer<B: Backend> {
    let norm: BatchNorm<B.Parameters>
    let weightGradient: B.Slice
    let biasGradient: B.Slice
    let savedMean: B.Slice
    let savedInverseDeviation: B.Slice
    /// The output, and the gradient in it.
    ///
    /// After ``backward(_:residualGradient:_:)`` the gradient is that of the *input*: the one in the output has no
    /// other reader.
    let output: Signal<B>

    init(_ name: String, channels: Int, image: Extent, relu: Bool, in workspace: StackWorkspace<B>)
        throws(BackendError)
    {
        let state = workspace.state
        norm = BatchNorm(
            weight: state.values("\(name).weight"), bias: state.values("\(name).bias"),
            runningMean: state.values("\(name).running_mean"), runningVariance: state.values("\(name).running_var"),
            relu: relu)
        weightGradient = state.gradient("\(name).weight")
        biasGradient = state.gradient("\(name).bias")
        savedMean = B.Slice(try workspace.backend.makeParameters(models: state.models, count: channels))
        savedInverseDeviation = B.Slice(try workspace.backend.makeParameters(models: state.models, count: channels))
        output = Signal(
            value: try workspace.activation(channels: channels, image: image),
            gradient: try workspace.activation(channels: channels, image: image))
    }

    func forward(_ input: B.Activation, adding residual: B.Activation? = nil, _ step: StepContext<B>)
        throws(BackendError) -> B.Activation
    {
        if step.isTraining {
            try step.backend.normalizeTraining(
                norm, input: input, residual: residual, counts: step.counts, savedMean: savedMean,
                savedInverseDeviation: savedInverseDeviation, output: output.value)
        } else {
            try step.backend.normalizeEvaluation(
                norm, input: input, residual: residual, counts: step.counts, output: output.value)
        }
        return output.value
    }

    /// Turns the gradient in the output into the one in the input, in place, and returns it.
    func backward(_ input: B.Activation, residualGradient: B.Activation? = nil, _ step: StepContext<B>)
        throws(BackendError) -> B.Activation
    {
        try step.backend.normalizeGradient(
            norm, input: input, output: output.value, outputGradient: output.gradient, counts: step.counts,
            savedMean: savedMean, savedInverseDeviation: savedInverseDeviation, weightGradient: weightGradient,
            biasGradient: biasGradient, residualGradient: residualGradient, inputGradient: output.gradient)
        return output.gradient
    }
}
