import Backend

/// Max-pooling, PyTorch's `MaxPool2d`.
struct MaxPoolLayer<B: Backend> {
    let pool: MaxPool
    let output: Signal<B>

    init(_ pool: MaxPool, channels: Int, input: Extent, in workspace: StackWorkspace<B>) throws(BackendError) {
        self.pool = pool
        let image = pool.output(for: input)
        output = Signal(
            value: try workspace.activation(channels: channels, image: image),
            gradient: try workspace.activation(channels: channels, image: image))
    }

    func forward(_ input: B.Activation, _ step: StepContext<B>) throws(BackendError) -> B.Activation {
        try step.backend.maxPool(pool, input: input, counts: step.counts, output: output.value)
        return output.value
    }

    func backward(_ input: Signal<B>, _ step: StepContext<B>) throws(BackendError) {
        try step.backend.maxPoolGradient(
            pool, input: input.value, outputGradient: output.gradient, counts: step.counts,
            inputGradient: input.gradient)
    }
}
