import Backend

/// A linear layer with its softmax cross-entropy.
struct LinearCrossEntropyCase: ParityOperation {
    let operation = CheckedOperation.loss
    /// The layer.
    var linear: LinearCase

    /// The same loss of given logits.
    private var loss: LossCase {
        LossCase(name: linear.name, classes: linear.outputs, capacity: linear.capacity, counts: linear.counts)
    }

    var counts: SampleCounts { linear.counts }
    var isSmall: Bool { linear.isSmall }
    var poisonable: [String] { ["input", "weights"] }
    var description: String { "of a linear layer, \(linear)" }

    func makeInputs() -> Tensors {
        var inputs = linear.makeInputs()
        inputs["labels"] = loss.makeInputs()["labels"]
        return inputs
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let shape = ActivationShape(
            models: counts.models, samples: linear.capacity, channels: linear.outputs, image: Extent(1))
        let labels = try backend.makeLabels(LabelShape(of: shape))
        try backend.write(inputs["labels"].values.map { UInt8($0) }, to: labels)
        let (input, weights) = (
            try backend.upload(activation: inputs["input"]), try backend.upload(inputs["weights"])
        )
        let bias = try backend.upload(inputs["bias"])
        let (logits, gradient) = (try backend.staleActivation(shape), try backend.staleActivation(shape))
        // As in `LossCase`: one slot for evaluation, one for training, and one that is not written.
        let scores = try backend.makeScores(models: counts.models, steps: 3)
        for (gradient, step) in [(nil, 2), (gradient, 0)] {
            try backend.linearCrossEntropy(
                input: input, weights: weights, bias: bias, labels: labels, counts: counts, logits: logits,
                gradient: gradient, scores: scores, step: step)
        }
        let read = try backend.read(scores).flatMap { $0 }
        return Tensors([
            "logits": try backend.download(logits, counts: counts),
            "lossSum": StackTensor(models: counts.models, count: 3, read.map(\.lossSum)),
            "correct": StackTensor(models: counts.models, count: 3, read.map { Float($0.correct) }),
            "gradient": try backend.download(gradient, counts: counts),
        ])
    }

    /// Those of the two operations, and what follows from an error `e` of the logits of a sample: at most `2 e` in its loss, and
    /// `2 e p / count` in the gradient of a class with the probability `p`.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        let logits = try linear.tolerances(inputs, expected: expected)["output"] ?? []
        var tolerances = try loss.tolerances(
            Tensors(["logits": expected["logits"], "labels": inputs["labels"]]), expected: expected)
        for model in 0..<models {
            let count = counts.perModel[model]
            for sample in 0..<count {
                let start = (model * linear.capacity + sample) * linear.outputs
                let error = logits[start..<start + linear.outputs].max() ?? 0
                for slot in [0, 2] { tolerances["lossSum"]?[3 * model + slot] += 2 * error }
                for index in start..<start + linear.outputs {
                    tolerances["gradient"]?[index] += 2 * error / Double(count)
                }
            }
        }
        tolerances["logits"] = logits
        return tolerances
    }

    static let all = LinearCase.all.map { LinearCrossEntropyCase(linear: $0) }
}
