import Backend

/// An operation of a network with its parameters and its memory on a backend.
enum BoundOperation<B: Backend> {
    case fused(BoundFusedLayer<B>)
    case averagePool(AveragePool)
    case paddedShortcut(PaddedShortcut)
    case linear(BoundLinear<B>)
    /// With its number among the dropouts of the network.
    case dropout(Int)

    /// - Parameter dropouts: the number of dropouts before this operation.
    init(
        _ operation: PlannedOperation, state: StackState<B>, workspace: B.Workspace?, dropouts: Int
    ) {
        self =
            switch operation.kind {
            case .fused(let layer):
                .fused(BoundFusedLayer(layer, operation, state: state, workspace: workspace))
            case .averagePool(let pool): .averagePool(pool)
            case .paddedShortcut(let shortcut): .paddedShortcut(shortcut)
            case .linear: .linear(BoundLinear(operation.name, state: state))
            case .dropout: .dropout(dropouts)
            }
    }
}

/// The values that an operation reads and writes, and their gradients.
struct Operands<B: Backend> {
    let input: B.Activation
    let residual: B.Activation?
    let output: B.Activation
    /// Nil for evaluation alone.
    let gradients: Gradients?

    struct Gradients {
        let output: B.Activation
        /// Nil if nothing needs it.
        let input: B.Activation?
        /// Whether the input's gradient already holds that of another consumer.
        let accumulates: Bool
    }
}

extension BoundOperation {
    /// - Parameters:
    ///   - isTraining: whether to normalise by the batch, or else by the running statistics.
    ///   - options: those of a training step; an evaluation reads no masks of them.
    func forward(
        _ values: Operands<B>, _ step: StackStep<B>, isTraining: Bool, options: StepOptions<B>, on backend: B
    ) throws(BackendError) {
        let counts = step.counts
        switch self {
        case .fused(let bound):
            if isTraining {
                try backend.forwardTraining(
                    bound.layer, bound.parameters, input: values.input, residual: values.residual, counts: counts,
                    workspace: bound.workspace!, output: values.output)
            } else {
                try backend.forwardEvaluation(
                    bound.layer, bound.parameters, input: values.input, residual: values.residual, counts: counts,
                    output: values.output)
            }
        case .averagePool(let pool):
            try backend.averagePool(pool, input: values.input, counts: counts, output: values.output)
        case .paddedShortcut(let shortcut):
            try backend.paddedShortcut(shortcut, input: values.input, counts: counts, output: values.output)
        case .linear(let bound):
            try backend.linear(
                input: values.input, weights: bound.weight, bias: bound.bias, counts: counts, output: values.output)
        case .dropout(let index):
            let dropout = options.dropouts[index]
            try backend.dropout(
                isTraining ? dropout.masks : nil, start: step.start, scales: dropout.scales, input: values.input,
                counts: counts, output: values.output)
        }
    }

    /// Computes the parameter gradients and the input gradient from the output gradient, which becomes that of the residual.
    ///
    /// - Precondition: the operation is not for evaluation alone.
    func backward(
        _ values: Operands<B>, _ step: StackStep<B>, options: StepOptions<B>, on backend: B
    ) throws(BackendError) {
        let counts = step.counts
        guard let gradients = values.gradients else { preconditionFailure("a step of evaluation has no gradients") }
        switch self {
        case .fused(let bound):
            guard let workspace = bound.workspace else { preconditionFailure("\(bound.layer) has no workspace") }
            try backend.backwardOutput(
                bound.layer, output: values.output, outputGradient: gradients.output, counts: counts,
                workspace: workspace)
            try backend.backwardInput(
                bound.layer, bound.parameters, input: values.input, outputGradient: gradients.output,
                counts: counts, workspace: workspace, gradients: bound.gradients,
                inputGradient: gradients.input, accumulate: gradients.accumulates)
        case .averagePool(let pool):
            guard let inputGradient = gradients.input else { return }
            try backend.averagePoolGradient(
                pool, outputGradient: gradients.output, counts: counts, inputGradient: inputGradient)
        case .paddedShortcut(let shortcut):
            guard let inputGradient = gradients.input else { return }
            try backend.paddedShortcutGradient(
                shortcut, outputGradient: gradients.output, counts: counts, inputGradient: inputGradient,
                accumulate: gradients.accumulates)
        case .linear(let bound):
            try backend.linearGradients(
                input: values.input, weights: bound.weight, outputGradient: gradients.output, counts: counts,
                weightGradient: bound.weightGradient, biasGradient: bound.biasGradient,
                inputGradient: gradients.input)
        case .dropout(let index):
            guard let inputGradient = gradients.input else { return }
            let dropout = options.dropouts[index]
            try backend.dropout(
                dropout.masks, start: step.start, scales: dropout.scales, input: gradients.output, counts: counts,
                output: inputGradient)
        }
    }
}

/// A fused layer with its parameters.
struct BoundFusedLayer<B: Backend> {
    let layer: FusedLayer
    let parameters: FusedLayerParameters<B.Parameters>
    let gradients: FusedLayerGradients<B.Parameters>
    /// Nil for evaluation alone.
    let workspace: B.Workspace?

    init(_ layer: FusedLayer, _ operation: PlannedOperation, state: StackState<B>, workspace: B.Workspace?) {
        self.layer = layer
        self.workspace = workspace
        let weights = operation.weights.map { "\($0).weight" }
        let bias = operation.hasBias ? operation.weights.map { "\($0).bias" } : nil
        parameters = FusedLayerParameters(
            weights: weights.map(state.values), bias: bias.map(state.values),
            norm: operation.norm.map { norm in
                BatchNormParameters(
                    weight: state.values("\(norm).weight"), bias: state.values("\(norm).bias"),
                    runningMean: state.values("\(norm).running_mean"),
                    runningVariance: state.values("\(norm).running_var"))
            })
        gradients = FusedLayerGradients(
            weights: weights.map(state.gradient), bias: bias.map(state.gradient),
            normWeight: operation.norm.map { state.gradient("\($0).weight") },
            normBias: operation.norm.map { state.gradient("\($0).bias") })
    }
}

/// The parameters of a linear layer.
struct BoundLinear<B: Backend> {
    let weight: B.Slice
    let weightGradient: B.Slice
    let bias: B.Slice
    let biasGradient: B.Slice

    init(_ name: String, state: StackState<B>) {
        weight = state.values("\(name).weight")
        weightGradient = state.gradient("\(name).weight")
        bias = state.values("\(name).bias")
        biasGradient = state.gradient("\(name).bias")
    }
}
