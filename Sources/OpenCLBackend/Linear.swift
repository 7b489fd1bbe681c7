package import Backend
import Kernels

/// What `GEMM.cl` is compiled for: a linear layer and the tiles of its three products.
private struct GEMMConstants: KernelConstants {
    static let source = KernelSource.gemm
    var features: Int
    var outputs: Int
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The outputs of a work-item in the forward pass, and in the parameter gradients.
    var outputTile: Int
    var gradientTile: Int
    /// The features of a work-item in the gradients.
    var featureTile: Int
    /// The groups of lanes of a work-item in the forward pass.
    var groupTile: Int
    /// The work-items per lane in the forward pass, which divide the features among them.
    var slices: Int
    /// The features whose weights are in local memory at the same time; only with more than one work-item per lane.
    var stagedFeatures: Int

    /// The largest number of weights in local memory.
    static let stagedWeights = 4096

    init(features: Int, outputs: Int, groups: Int, _ configuration: KernelConfiguration) {
        let tiles = configuration.tiles
        self.features = features
        self.outputs = outputs
        self.groups = groups
        outputTile = largestDivisor(of: outputs, atMost: tiles.outputs)
        gradientTile = largestDivisor(of: outputs, atMost: tiles.gradientOutputs)
        featureTile = largestDivisor(of: features, atMost: tiles.features)
        groupTile = min(tiles.groups, groups)
        slices = configuration.sumOrder.planeSlices
        // A multiple of the unrolled loop, if there is one: the loop then has no remainder.
        let (most, unrolled) = (Self.stagedWeights / outputTile, 4 * slices)
        stagedFeatures =
            features.isMultiple(of: unrolled)
            ? unrolled * largestDivisor(of: features / unrolled, atMost: most / unrolled) : min(features, most)
    }

    /// Whether a work-group computes all outputs of a model, so that it can compute their loss too.
    var computesAllOutputs: Bool { slices > 1 && groups == 1 && outputTile == outputs }

    /// The work-groups of each model in the gradients.
    func gradientGroups(hasInputGradient: Bool) -> Int {
        let featureTiles = features / featureTile
        return (hasInputGradient ? groups * featureTiles : 0) + outputs / gradientTile * (featureTiles + 1)
    }

    var macros: [String: Int] {
        [
            "FEATURES": features, "OUTPUTS": outputs, "GROUPS": groups, "OUTPUT_TILE": outputTile,
            "FEATURE_TILE": featureTile, "GROUP_TILE": groupTile, "GRADIENT_TILE": gradientTile,
            "FEATURE_SLICES": slices, "STAGED_FEATURES": slices > 1 ? stagedFeatures : 1,
        ]
    }
}

extension OpenCLBackend {
    /// The work of products, each of which reads two matrices and writes the third.
    private func work(
        products: Int = 1, features: Int, outputs: Int, models: Int, counts: SampleCounts
    ) -> KernelWork {
        KernelWork(
            flops: products * 2 * features * outputs * counts.total,
            floats: products * (counts.total * (features + outputs) + models * features * outputs))
    }

    package func uncheckedLinear(
        input: OpenCLActivation, weights: Slice, bias: Slice, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        let (features, outputs, models) = (input.shape.valuesPerSample, output.shape.channels, input.shape.models)
        let constants = GEMMConstants(
            features: features, outputs: outputs, groups: input.groups, configuration)
        try queue.launch(
            library.kernel("multiply", constants),
            groups: WorkSize(
                x: 1, y: outputs / constants.outputTile, z: models * ceilDivide(input.groups, constants.groupTile)),
            of: WorkSize(x: configuration.items, y: constants.slices),
            [
                "input": .buffer(input.buffer), "weights": .slice(weights), "bias": .slice(bias),
                "counts": .buffer(buffer(of: counts)), "output": .buffer(output.buffer),
            ],
            work: work(features: features, outputs: outputs, models: models, counts: counts))
    }

    package func uncheckedLinearCrossEntropy(
        input: OpenCLActivation, weights: Slice, bias: Slice, labels: OpenCLLabels, counts: SampleCounts,
        logits: OpenCLActivation, gradient: OpenCLActivation?, scores: OpenCLScores, step: Int
    ) throws(BackendError) {
        let (features, outputs, models) = (input.shape.valuesPerSample, logits.shape.channels, input.shape.models)
        let constants = GEMMConstants(features: features, outputs: outputs, groups: input.groups, configuration)
        guard constants.computesAllOutputs else {
            try uncheckedLinear(input: input, weights: weights, bias: bias, counts: counts, output: logits)
            return try uncheckedSoftmaxCrossEntropy(
                logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step)
        }
        try queue.launch(
            library.kernel("multiplyWithLoss", constants), groups: WorkSize(x: 1, y: models),
            of: WorkSize(x: configuration.items, y: constants.slices),
            [
                "input": .buffer(input.buffer), "weights": .slice(weights), "bias": .slice(bias),
                "labels": .buffer(labels.buffer), "counts": .buffer(buffer(of: counts)),
                "capacity": .int(logits.shape.samples), "step": .ofStep(.number, .int(step)),
                "steps": .ofStep(.scoreSteps, .int(scores.steps)),
                "lossSums": .ofStep(.lossSums, .buffer(scores.lossSums)),
                "corrects": .ofStep(.corrects, .buffer(scores.corrects)), "output": .buffer(logits.buffer),
                "hasGradient": .flag(gradient != nil), "gradient": .buffer((gradient ?? logits).buffer),
            ],
            work: work(features: features, outputs: outputs, models: models, counts: counts)
                + lossWork(of: logits, counts: counts, hasGradient: gradient != nil))
    }

    package func uncheckedLinearGradients(
        input: OpenCLActivation, weights: Slice, outputGradient: OpenCLActivation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice, inputGradient: OpenCLActivation?
    ) throws(BackendError) {
        let (features, outputs, models) = (
            input.shape.valuesPerSample, outputGradient.shape.channels, input.shape.models
        )
        let constants = GEMMConstants(
            features: features, outputs: outputs, groups: input.groups, configuration)
        try queue.launch(
            library.kernel("multiplyGradients", constants),
            groups: WorkSize(
                x: 1, y: constants.gradientGroups(hasInputGradient: inputGradient != nil), z: models),
            of: WorkSize(x: configuration.items),
            [
                "input": .buffer(input.buffer), "outputGradient": .buffer(outputGradient.buffer),
                "weights": .slice(weights), "counts": .buffer(buffer(of: counts)),
                "hasInputGradient": .flag(inputGradient != nil),
                "inputGradient": .buffer((inputGradient ?? input).buffer), "weightGradient": .slice(weightGradient),
                "biasGradient": .slice(biasGradient),
            ],
            work: work(
                products: inputGradient == nil ? 1 : 2, features: features, outputs: outputs, models: models,
                counts: counts))
    }
}
