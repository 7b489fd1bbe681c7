import Backend

/// Consecutive models of a stack that go through a step together.
final class StackPart<B: Backend> {
    /// Which models of the stack these are.
    let models: Range<Int>

    private let backend: B
    private let state: StackState<B>
    private var descent: Descent<B>
    /// The input of a step, `[M, N, C, H, W]`.
    private let images: B.Activation
    /// The classes of a step, `[M, N]`.
    private let labels: B.Labels
    private let stem: ConvolutionNormLayer<B>
    private let blocks: [ResidualBlock<B>]
    private let classifier: LinearLayer<B>
    /// How many samples each model has in the current step.
    private var counts: SampleCounts
    /// `num_batches_tracked` of each model: every batch norm of a model has seen the same number of steps.
    private var batchesTracked: [Int64]

    init(
        _ description: ResNetDescription, layout: StateLayout, models: Range<Int>, samples: Int,
        activations: SharedActivations<B>, on backend: B
    ) throws(BackendError) {
        self.models = models
        self.backend = backend
        state = try StackState(layout, models: models.count, on: backend)
        descent = try Descent(of: state, on: backend)
        counts = SampleCounts(0, models: models.count)
        batchesTracked = Array(repeating: 0, count: models.count)
        activations.startPart()
        let workspace = StackWorkspace(backend: backend, state: state, samples: samples, activations: activations)

        images = try workspace.activation(channels: description.inputChannels, image: description.image)
        labels = try backend.makeLabels(models: models.count, samples: samples)
        stem = try ConvolutionNormLayer(
            description.stem, "conv1", norm: "bn1", relu: true, pool: description.pool, in: workspace)
        var blocks: [ResidualBlock<B>] = []
        for block in description.blocks { blocks.append(try ResidualBlock(block, in: workspace)) }
        self.blocks = blocks
        classifier = try LinearLayer("fc", outputs: description.classes, in: workspace)
    }

    // MARK: Steps

    /// Takes this part's samples of a step.
    func gather(_ batch: StackBatch<B>, part: Int) throws(BackendError) {
        counts = SampleCounts(Array(batch.counts.perModel[models]))
        try backend.gather(
            from: batch.dataset, order: batch.order.parts[part], start: batch.start, counts: counts, images: images,
            labels: labels)
    }

    /// Loss, gradients and running statistics of the gathered samples.
    func computeGradients(scores: B.Scores, step: Int) throws(BackendError) {
        let context = StepContext(backend: backend, counts: counts, isTraining: true)
        let logits = try forward(context)
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: classifier.output.gradient, scores: scores,
            step: step)
        try backward(context)
    }

    /// A step along the gradients.
    func descend() throws(BackendError) {
        try descent.step(counts)
        for model in batchesTracked.indices where counts.perModel[model] > 0 { batchesTracked[model] += 1 }
    }

    /// The loss of the gathered samples under the running statistics.
    func evaluate(scores: B.Scores, step: Int) throws(BackendError) {
        let logits = try forward(StepContext(backend: backend, counts: counts, isTraining: false))
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: nil, scores: scores, step: step)
    }

    private func forward(_ step: StepContext<B>) throws(BackendError) -> B.Activation {
        var value = try stem.forward(images, step)
        for block in blocks { value = try block.forward(value, step) }
        return try classifier.forward(value, step)
    }

    private func backward(_ step: StepContext<B>) throws(BackendError) {
        let inputs = [stem.output] + blocks.map(\.output)
        try classifier.backward(inputs[blocks.count], step)
        for index in blocks.indices.reversed() { try blocks[index].backward(inputs[index], step) }
        try stem.backward(images, inputGradient: nil, step)
    }

    // MARK: State

    func setDescent(_ settings: [SGD]) throws(BackendError) {
        try descent.set(settings)
    }

    func load(_ states: [StateDictionary]) throws(BackendError) {
        try backend.write(states.flatMap(\.parameters), to: state.parameters)
        try backend.write(states.flatMap(\.statistics), to: state.statistics)
        batchesTracked = states.map(\.batchesTracked)
        try descent.rest()
    }

    func readStates() throws(BackendError) -> [StateDictionary] {
        let (parameterCount, statisticCount) = (state.layout.parameterCount, state.layout.statisticCount)
        let parameters = try backend.read(state.parameters)
        let statistics = try backend.read(state.statistics)
        return batchesTracked.enumerated().map { model, batchesTracked in
            StateDictionary(
                parameters: Array(parameters[model * parameterCount..<(model + 1) * parameterCount]),
                statistics: Array(statistics[model * statisticCount..<(model + 1) * statisticCount]),
                batchesTracked: batchesTracked)
        }
    }

    func readGradients() throws(BackendError) -> [Float] {
        try backend.read(state.gradients)
    }

    func readLogits() throws(BackendError) -> [Float] {
        try backend.read(classifier.output.value)
    }
}
