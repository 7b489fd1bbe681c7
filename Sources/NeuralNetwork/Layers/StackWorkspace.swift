import Backend

/// Where the layers of a part of a stack get their memory: the same number of models and samples everywhere.
struct StackWorkspace<B: Backend> {
    let backend: B
    let state: StackState<B>
    /// Room for this many samples of each model.
    let samples: Int
    let activations: SharedActivations<B>

    /// An activation that is free for other parts once the step is done.
    func activation(channels: Int, image: Extent) throws(BackendError) -> B.Activation {
        try activations.next(shape(channels: channels, image: image))
    }

    /// An activation that keeps what a step left there.
    func ownActivation(channels: Int, image: Extent) throws(BackendError) -> B.Activation {
        try backend.makeActivation(shape(channels: channels, image: image))
    }

    private func shape(channels: Int, image: Extent) -> ActivationShape {
        ActivationShape(models: state.models, samples: samples, channels: channels, image: image)
    }
}

/// The activations that the parts of a stack use in turn.
///
/// Every part asks for the same ones in the same order, and gets those of an earlier part, or fewer models of them.
final class SharedActivations<B: Backend> {
    private let backend: B
    /// By the number of models.
    private var made: [Int: [B.Activation]] = [:]
    private var given = 0

    init(_ backend: B) {
        self.backend = backend
    }

    /// Begins with the first activation again.
    func startPart() { given = 0 }

    /// The next activation.
    func next(_ shape: ActivationShape) throws(BackendError) -> B.Activation {
        defer { given += 1 }
        if let known = made[shape.models], given < known.count {
            precondition(known[given].shape == shape, "parts of one stack ask for the same activations")
            return known[given]
        }
        let larger = made.filter { $0.key > shape.models && given < $0.value.count }.max { $0.key < $1.key }
        let activation =
            if let larger { try backend.makeActivation(shape, sharing: larger.value[given]) } else {
                try backend.makeActivation(shape)
            }
        made[shape.models, default: []].append(activation)
        return activation
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
