import Backend

/// Where the layers of a stack get their memory: the same number of models and samples everywhere, and gradients only
/// in a stack that trains.
struct StackWorkspace<B: Backend> {
    let backend: B
    let state: StackState<B>
    /// Room for this many samples of each model.
    let samples: Int

    func activation(channels: Int, image: Extent) throws(BackendError) -> B.Activation {
        try backend.makeActivation(
            ActivationShape(models: state.models, samples: samples, channels: channels, image: image))
    }
}

/// What a step does with the network, and with how many samples.
struct StepContext<B: Backend> {
    let backend: B
    let counts: SampleCounts
    /// Training normalises by the batch and moves the running statistics; evaluation uses them.
    let isTraining: Bool
}

/// An activation and the gradient of the loss in it.
struct Signal<B: Backend> {
    let value: B.Activation
    let gradient: B.Activation
}
