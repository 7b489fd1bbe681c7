import Backend

/// The layers of a part of a stack on one team, with the activations of a step.
final class PartNetwork<B: Backend> {
    private let team: B
    /// The input of a step, `[M, N, C, H, W]`.
    private let images: B.Activation
    /// The classes of a step, `[M, N]`.
    private let labels: B.Labels
    private let stem: ConvolutionNormLayer<B>
    private let blocks: [ResidualBlock<B>]
    private let classifier: LinearLayer<B>

    init(
        _ description: ResNetDescription, state: StackState<B>, samples: Int, activations: SharedActivations<B>,
        on team: B
    ) throws(BackendError) {
        self.team = team
        activations.startPart()
        let workspace = StackWorkspace(backend: team, state: state, samples: samples, activations: activations)

        images = try workspace.activation(channels: description.inputChannels, image: description.image)
        labels = try team.makeLabels(models: state.models, samples: samples)
        stem = try ConvolutionNormLayer(
            description.stem, "conv1", norm: "bn1", relu: true, pool: description.pool, in: workspace)
        var blocks: [ResidualBlock<B>] = []
        for block in description.blocks {
            blocks.append(try ResidualBlock(block, input: blocks.last?.output ?? stem.output, in: workspace))
        }
        self.blocks = blocks
        classifier = try LinearLayer("fc", outputs: description.classes, in: workspace)
    }

    /// Gathers the samples of a step.
    func gather(
        from dataset: B.Dataset, order: B.SampleOrder, start: Int, counts: SampleCounts
    ) throws(BackendError) {
        try team.gather(
            from: dataset, order: order, start: start, counts: counts, images: images, labels: labels)
    }

    /// Computes the loss and the gradients of the gathered samples, and updates the running statistics.
    func computeGradients(_ counts: SampleCounts, scores: B.Scores, step: Int) throws(BackendError) {
        let context = StepContext(backend: team, counts: counts, isTraining: true)
        let logits = try forward(context)
        try team.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: classifier.output.gradient, scores: scores,
            step: step)
        try backward(context)
    }

    /// Computes the loss of the gathered samples with the running statistics.
    func evaluate(_ counts: SampleCounts, scores: B.Scores, step: Int) throws(BackendError) {
        let logits = try forward(StepContext(backend: team, counts: counts, isTraining: false))
        try team.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: nil, scores: scores, step: step)
    }

    /// The logits of the last step.
    func readLogits() throws(BackendError) -> [Float] {
        try team.read(classifier.output.value)
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
}
