import Backend

/// A linear layer with its gradients.
struct LinearCase: ParityOperation {
    let operation = CheckedOperation.linear
    var name: String
    /// Channels and extent of the activation that is read as features.
    var channels: Int
    var image: Extent
    var outputs: Int
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient", "weights"] }
    private var features: Int { channels * image.area }

    var description: String {
        "\(name): \(channels)x\(image) -> \(outputs), \(counts.perModel) of \(capacity) samples"
    }

    private func inputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: channels, image: image)
    }

    private func outputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: outputs, image: Extent(1))
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: features * outputs + capacity)
        return Tensors([
            "input": randoms.activation(inputShape(models), counts: counts),
            "weights": randoms.parameters(models: models, count: outputs * features),
            "bias": randoms.parameters(models: models, count: outputs),
            "outputGradient": randoms.activation(outputShape(models), counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let input = try backend.upload(activation: inputs["input"])
        let weights = try backend.upload(inputs["weights"])
        let output = try backend.staleActivation(outputShape(counts.models))
        try backend.linear(
            input: input, weights: weights, bias: backend.upload(inputs["bias"]), counts: counts, output: output)

        let outputGradient = try backend.upload(activation: inputs["outputGradient"])
        let inputGradient = try backend.staleActivation(inputShape(counts.models))
        let weightGradient = try backend.staleParameters(models: counts.models, count: outputs * features)
        let biasGradient = try backend.staleParameters(models: counts.models, count: outputs)
        try backend.linearGradients(
            input: input, weights: weights, outputGradient: outputGradient, counts: counts,
            weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
        let parametersOnly = try backend.staleParameters(models: counts.models, count: outputs * features)
        try backend.linearGradients(
            input: input, weights: weights, outputGradient: outputGradient, counts: counts,
            weightGradient: parametersOnly,
            biasGradient: backend.staleParameters(models: counts.models, count: outputs),
            inputGradient: nil)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "weightGradient without input gradient": try backend.download(parametersOnly),
            "inputGradient": try backend.download(inputGradient, counts: counts),
            "weightGradient": try backend.download(weightGradient),
            "biasGradient": try backend.download(biasGradient),
        ])
    }

    /// All results are sums of products, so the sum of the absolute terms is the same operation on absolute values.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        let magnitudes = try reference(inputs.mapValues(abs))
        func tolerances(_ name: String, roundings: Double, terms: Int) -> [Double] {
            magnitudes[name].values.map { roundings * Tolerance.u * Double($0) + Tolerance.flushed(terms) }
        }
        let long = Tolerance.roundings(ofLongSum: capacity)
        return [
            "output": tolerances("output", roundings: Tolerance.roundings(ofSum: features + 1), terms: features + 1),
            "inputGradient": tolerances(
                "inputGradient", roundings: Tolerance.roundings(ofSum: outputs), terms: outputs),
            "weightGradient": tolerances("weightGradient", roundings: long, terms: capacity),
            "weightGradient without input gradient": tolerances("weightGradient", roundings: long, terms: capacity),
            "biasGradient": tolerances("biasGradient", roundings: long, terms: capacity),
        ]
    }

    static let all: [LinearCase] = [
        LinearCase(
            name: "the network's", channels: 16, image: Extent(6), outputs: 10, capacity: 64,
            counts: SampleCounts([64, 33]), isSmall: false),
        LinearCase(
            name: "one number to one", channels: 1, image: Extent(1), outputs: 1, capacity: 1, counts: SampleCounts([1])
        ),
        LinearCase(
            name: "not square, odd", channels: 17, image: Extent(height: 2, width: 3), outputs: 3, capacity: 17,
            counts: SampleCounts([17, 16, 1, 0, 15])),
        LinearCase(
            name: "more outputs than features", channels: 3, image: Extent(1), outputs: 37, capacity: 15,
            counts: SampleCounts([0, 15])),
        LinearCase(
            name: "several chunks", channels: 11, image: Extent(3), outputs: 10, capacity: 300,
            counts: SampleCounts([300, 145, 0, 128]), isSmall: false),
    ]
}

extension ParityCheck {
    static let linearChecks = LinearCase.checks(LinearCase.all)
}
