package import Backend

/// A stack of `M` residual networks of the same architecture on a backend, ready to train and to evaluate.
///
/// A step reads ``images`` and ``labels``, which the caller gathers first:
///
/// ```swift
/// try backend.gather(from: data, order: order, start: 0, counts: counts, images: stack.images, labels: stack.labels)
/// try stack.trainStep(counts: counts, scores: scores, step: 0)
/// ```
package final class ResNetStack<B: Backend> {
    package let description: ResNetDescription
    package let layout: StateLayout
    /// `M`.
    package let models: Int
    /// How many samples of each model fit into a step.
    package let samples: Int
    /// The input of the next step, `[M, N, C, H, W]`.
    package let images: B.Activation
    /// The classes of the next step, `[M, N]`.
    package let labels: B.Labels

    private let backend: B
    private let state: StackState<B>
    private let learningRates: B.Parameters
    private let stem: ConvolutionNorm<B>
    private let pool: MaxPoolLayer<B>
    private let blocks: [ResidualBlock<B>]
    private let classifier: LinearLayer<B>
    /// `num_batches_tracked` of each model: every batch norm of a model has seen the same number of steps.
    private var batchesTracked: [Int64]

    /// Memory for the stack: all weights zero until ``load(_:)``.
    package init(
        _ description: ResNetDescription = ResNetDescription(), models: Int, samples: Int, on backend: B
    ) throws(BackendError) {
        self.description = description
        self.models = models
        self.samples = samples
        self.backend = backend
        layout = StateLayout(description)
        state = try StackState(layout, models: models, on: backend)
        learningRates = try backend.makeParameters(models: models, count: 1)
        batchesTracked = Array(repeating: 0, count: models)
        let workspace = StackWorkspace(backend: backend, state: state, samples: samples)

        images = try workspace.activation(channels: description.inputChannels, image: description.image)
        labels = try backend.makeLabels(models: models, samples: samples)
        stem = try ConvolutionNorm(description.stem, "conv1", norm: "bn1", relu: true, in: workspace)
        pool = try MaxPoolLayer(
            description.pool, channels: description.stemChannels, input: description.stem.output, in: workspace)
        var blocks: [ResidualBlock<B>] = []
        for block in description.blocks { blocks.append(try ResidualBlock(block, in: workspace)) }
        self.blocks = blocks
        classifier = try LinearLayer("fc", outputs: description.classes, in: workspace)
    }

    // MARK: Steps

    /// One step of gradient descent on the gathered samples.
    ///
    /// The loss of the batch goes into slot `step` of `scores`.
    ///
    /// A model without samples takes no step.
    package func trainStep(counts: SampleCounts, scores: B.Scores, step: Int) throws(BackendError) {
        try computeGradients(counts: counts, scores: scores, step: step)
        try backend.descend(
            parameters: state.parameters, gradients: state.gradients, learningRates: learningRates, counts: counts)
        for model in 0..<models where counts.perModel[model] > 0 { batchesTracked[model] += 1 }
    }

    /// The forward and backward half of ``trainStep(counts:scores:step:)``: loss, gradients and running statistics.
    package func computeGradients(counts: SampleCounts, scores: B.Scores, step: Int) throws(BackendError) {
        let context = StepContext(backend: backend, counts: counts, isTraining: true)
        let logits = try forward(context)
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: classifier.output.gradient, scores: scores,
            step: step)
        try backward(context)
    }

    /// The loss of the gathered samples under the running statistics, into slot `step` of `scores`.
    package func evaluateStep(counts: SampleCounts, scores: B.Scores, step: Int) throws(BackendError) {
        let logits = try forward(StepContext(backend: backend, counts: counts, isTraining: false))
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: nil, scores: scores, step: step)
    }

    /// The logits of the last step, `[model][sample][class]`.
    package func readLogits() throws(BackendError) -> [Float] {
        try backend.read(classifier.output.value)
    }

    private func forward(_ step: StepContext<B>) throws(BackendError) -> B.Activation {
        var value = try pool.forward(try stem.forward(images, step), step)
        for block in blocks { value = try block.forward(value, step) }
        return try classifier.forward(value, step)
    }

    private func backward(_ step: StepContext<B>) throws(BackendError) {
        let inputs = [pool.output] + blocks.map(\.output)
        try classifier.backward(inputs[blocks.count], step)
        for index in blocks.indices.reversed() { try blocks[index].backward(inputs[index], step) }
        try pool.backward(stem.output, step)
        try stem.backward(images, inputGradient: nil, step)
    }

    // MARK: State

    /// Sets the learning rate of each model.
    package func setLearningRates(_ rates: [Float]) throws(BackendError) {
        precondition(rates.count == models)
        try backend.write(rates, to: learningRates)
    }

    /// Sets the state of each model.
    package func load(_ states: [StateDictionary]) throws(BackendError) {
        precondition(states.count == models)
        try backend.write(states.flatMap(\.parameters), to: state.parameters)
        try backend.write(states.flatMap(\.statistics), to: state.statistics)
        batchesTracked = states.map(\.batchesTracked)
    }

    /// The state of each model, once everything before has run.
    package func readStates() throws(BackendError) -> [StateDictionary] {
        let parameters = try backend.read(state.parameters)
        let statistics = try backend.read(state.statistics)
        return (0..<models).map { model in
            StateDictionary(
                parameters: Array(parameters[model * layout.parameterCount..<(model + 1) * layout.parameterCount]),
                statistics: Array(statistics[model * layout.statisticCount..<(model + 1) * layout.statisticCount]),
                batchesTracked: batchesTracked[model])
        }
    }

    /// The loss's gradient in every parameter, `[model][parameterCount]` in the order of the layout, as the last
    /// ``computeGradients(counts:scores:step:)`` left it.
    package func readGradients() throws(BackendError) -> [Float] {
        try backend.read(state.gradients)
    }
}
