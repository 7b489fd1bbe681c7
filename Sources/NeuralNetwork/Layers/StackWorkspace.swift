import Backend

/// Allocates the activations of the layers of a part of a stack, all with the same numbers of models and samples.
struct StackWorkspace<B: Backend> {
    let backend: B
    let state: StackState<B>
    /// The capacity in samples per model.
    let samples: Int
    let activations: SharedActivations<B>

    /// An activation that other parts may reuse after the step.
    func activation(channels: Int, image: Extent) throws(BackendError) -> B.Activation {
        try activations.next(shape(channels: channels, image: image))
    }

    /// An activation that keeps its contents after the step.
    func ownActivation(channels: Int, image: Extent) throws(BackendError) -> B.Activation {
        try backend.makeActivation(shape(channels: channels, image: image))
    }

    private func shape(channels: Int, image: Extent) -> ActivationShape {
        ActivationShape(models: state.models, samples: samples, channels: channels, image: image)
    }
}

/// The activations that the parts of a stack share, one part at a time.
///
/// Every part requests the same activations in the same order. It gets those of an earlier part, or a smaller stack in the
/// same memory.
final class SharedActivations<B: Backend> {
    private let backend: B
    /// The activations by the number of models.
    private var made: [Int: [B.Activation]] = [:]
    private var index = 0

    init(_ backend: B) {
        self.backend = backend
    }

    /// Starts the requests of a part with the first activation.
    func startPart() { index = 0 }

    /// The next activation.
    func next(_ shape: ActivationShape) throws(BackendError) -> B.Activation {
        defer { index += 1 }
        if let known = made[shape.models], index < known.count {
            precondition(known[index].shape == shape, "parts of one stack request the same activations")
            return known[index]
        }
        let larger = made.filter { $0.key > shape.models && index < $0.value.count }.max { $0.key < $1.key }
        let activation =
            if let larger { try backend.makeActivation(shape, sharing: larger.value[index]) } else {
                try backend.makeActivation(shape)
            }
        made[shape.models, default: []].append(activation)
        return activation
    }
}

/// The mode and the sample counts of a step.
struct StepContext<B: Backend> {
    let backend: B
    let counts: SampleCounts
    /// Training normalises by the batch and updates the running statistics; evaluation normalises by them.
    let isTraining: Bool
}

/// An activation and its gradient.
struct Signal<B: Backend> {
    let value: B.Activation
    let gradient: B.Activation
}
