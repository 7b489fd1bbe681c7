import Backend

/// The network of a part of a stack on one team, with the memory of a step.
final class PartNetwork<B: Backend> {
    private let team: B
    /// The images of a step, `[M, N, C, H, W]`.
    private let images: B.Activation
    /// The classes of a step, `[M, N]`.
    private let labels: B.Labels
    /// `[M, N, classes, 1, 1]`.
    private let logits: B.Activation
    /// Nil for evaluation alone.
    private let logitsGradient: B.Activation?
    private let operations: [(BoundOperation<B>, Operands<B>)]
    /// The operations before the last one, as ``NetworkPlan/steps``.
    private let steps: [Range<Int>]

    /// - Parameters:
    ///   - memory: the blocks of the memory plan, which the parts on a team use one after another.
    ///   - isTraining: whether it is for training, or else for evaluation alone, as the memory plan.
    init(
        _ plan: NetworkPlan, _ memoryPlan: MemoryPlan, memory: [B.Memory], state: StackState<B>, samples: Int,
        isTraining: Bool, on team: B
    ) throws(BackendError) {
        func activation(_ value: Int, in block: Int?) throws(BackendError) -> B.Activation {
            let shape = ActivationShape(models: state.models, samples: samples, sample: plan.values[value])
            guard let block else { return try team.makeActivation(shape) }
            return try team.makeActivation(shape, in: memory[block])
        }
        self.team = team
        steps = plan.steps
        // The logits keep their contents after the step.
        let values = try plan.values.indices.map { value throws(BackendError) in
            try activation(value, in: value == plan.logits ? nil : memoryPlan.values[value])
        }
        /// The gradients by their values; those of a residual and of the sum are one activation.
        var gradients: [Int: B.Activation] = [:]
        func gradient(_ value: Int) throws(BackendError) -> B.Activation {
            if let known = gradients[value] { return known }
            let made = try activation(value, in: memoryPlan.gradients[value])
            gradients[value] = made
            return made
        }
        var operations: [(BoundOperation<B>, Operands<B>)] = []
        var dropouts = plan.dropouts.count
        // In the order of the backward pass, in which the first consumer of a value writes its gradient.
        for (index, operation) in plan.operations.enumerated().reversed() {
            var bound: Operands<B>.Gradients?
            var workspace: B.Workspace?
            if isTraining {
                let outputGradient = try gradient(operation.output)
                if let residual = operation.residual { gradients[residual] = outputGradient }
                let isFirstConsumer = gradients[operation.input] == nil
                bound = Operands<B>.Gradients(
                    output: outputGradient,
                    input: operation.input == NetworkPlan.images ? nil : try gradient(operation.input),
                    accumulates: !isFirstConsumer)
                workspace = try operation.fused.map { layer throws(BackendError) in
                    try team.makeWorkspace(
                        for: layer, models: state.models, samples: samples,
                        in: memoryPlan.workspaces[index].map { memory[$0] })
                }
            }
            let operands = Operands<B>(
                input: values[operation.input], residual: operation.residual.map { values[$0] },
                output: values[operation.output], gradients: bound)
            if case .dropout = operation.kind { dropouts -= 1 }
            operations.append(
                (BoundOperation(operation, state: state, workspace: workspace, dropouts: dropouts), operands))
        }
        self.operations = operations.reversed()
        images = values[NetworkPlan.images]
        logits = values[plan.logits]
        logitsGradient = isTraining ? try gradient(plan.logits) : nil
        labels = try team.makeLabels(LabelShape(models: state.models, samples: samples))
    }

    /// Gathers the samples of a step, computes their loss and, unless it is one of an evaluation, the gradients.
    ///
    /// - Parameter options: those of a training step.
    func run(_ pass: StackPass, _ step: StackStep<B>, _ options: StepOptions<B>) throws(BackendError) {
        let isTraining = pass != .evaluation
        try team.gather(
            from: step.dataset, order: step.order, start: step.start, counts: step.counts, images: images,
            labels: labels)
        func forward(_ index: Int) throws(BackendError) {
            let (operation, values) = operations[index]
            try operation.forward(values, step, isTraining: isTraining, options: options, on: team)
        }
        for range in steps { try perform(range.lowerBound, range.upperBound - 1, forward) }
        try runLast(step, isTraining: isTraining, options)
        guard isTraining, let logitsGradient else { return }
        if let labelSmoothing = options.labelSmoothing {
            try team.smoothLabels(
                labelSmoothing, logits: logits, labels: labels, counts: step.counts, gradient: logitsGradient,
                scores: step.scores, step: step.number)
        }
        func backward(_ index: Int) throws(BackendError) {
            let (operation, values) = operations[index]
            try operation.backward(values, step, options: options, on: team)
        }
        try backward(operations.count - 1)
        for range in steps.reversed() { try perform(range.upperBound - 1, range.lowerBound, backward) }
    }

    /// Performs an operation, or two siblings in the order of their indices here.
    private func perform(
        _ first: Int, _ second: Int, _ body: (Int) throws(BackendError) -> Void
    ) throws(BackendError) {
        guard first != second else { return try body(first) }
        try team.performTogether { () throws(BackendError) in
            try body(first)
        } _: { () throws(BackendError) in
            try body(second)
        }
    }

    /// The forward pass of the last operation, and the loss with the gradient of the logits.
    private func runLast(
        _ step: StackStep<B>, isTraining: Bool, _ options: StepOptions<B>
    ) throws(BackendError) {
        guard let (last, values) = operations.last else { return }
        let gradient = isTraining ? logitsGradient : nil
        if case .linear(let bound) = last {
            return try team.linearCrossEntropy(
                input: values.input, weights: bound.weight, bias: bound.bias, labels: labels, counts: step.counts,
                logits: logits, gradient: gradient, scores: step.scores, step: step.number)
        }
        try last.forward(values, step, isTraining: isTraining, options: options, on: team)
        try team.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: step.counts, gradient: gradient, scores: step.scores,
            step: step.number)
    }

    /// The logits of the last step.
    func readLogits() throws(BackendError) -> [Float] {
        try team.read(logits)
    }
}
