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

    /// Gathers the samples of a step, computes their loss and, unless it is one of an evaluation, the gradients.
    func run(_ pass: StackPass, _ step: PartStep<B>) throws(BackendError) {
        try team.gather(
            from: step.dataset, order: step.order, start: step.start, counts: step.counts, images: images,
            labels: labels)
        let context = StepContext(backend: team, counts: step.counts, isTraining: pass != .evaluation)
        let logits = try forward(context)
        try team.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: step.counts,
            gradient: context.isTraining ? classifier.output.gradient : nil, scores: step.scores, step: step.number)
        if context.isTraining { try backward(context) }
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
