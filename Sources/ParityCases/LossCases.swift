import Backend
import Platform

/// Softmax cross-entropy with its gradient and the count of correct predictions.
struct LossCase: ParityOperation {
    let operation = CheckedOperation.loss
    var name: String
    var classes: Int
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    /// The standard deviation of the logits.
    var scale: Float = 1
    /// Whether the logits are integers, so that the maximum often occurs several times.
    var withTies = false
    /// Whether the labels are smoothed, in every second model.
    var withSmoothing = false
    var isSmall = true

    var poisonable: [String] { ["logits"] }

    var description: String {
        "\(name): \(classes) classes, \(counts.perModel) of \(capacity) samples, logits of \(scale)"
            + (withSmoothing ? ", smoothed" : "")
    }

    private func shape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: classes, image: Extent(1))
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: classes + capacity)
        let (scale, withTies, classes) = (scale, withTies, classes)
        return Tensors([
            "logits": randoms.activation(shape(models), counts: counts) { randoms in
                withTies ? Float(randoms.integer(below: 3)) : scale * randoms.normal()
            },
            "labels": StackTensor(
                models: models, count: capacity,
                (0..<models * capacity).map { _ in Float(randoms.integer(below: classes)) }),
            "smoothing": StackTensor(
                models: models, count: 1,
                (0..<models).map { withSmoothing && $0.isMultiple(of: 2) ? randoms.uniform() : 0 }),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let logits = try backend.upload(activation: inputs["logits"])
        let labels = try backend.makeLabels(LabelShape(models: counts.models, samples: capacity))
        try backend.write(inputs["labels"].values.map { UInt8($0) }, to: labels)
        let gradient = try backend.staleActivation(shape(counts.models))
        // Three slots: one for evaluation, one for training, and one that is not written.
        let scores = try backend.makeScores(models: counts.models, steps: 3)
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: nil, scores: scores, step: 2)
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: 0)
        if withSmoothing {
            try backend.smoothLabels(
                backend.upload(inputs["smoothing"]).storage, logits: logits, labels: labels, counts: counts,
                gradient: gradient, scores: scores, step: 0)
        }
        let read = try backend.read(scores).flatMap { $0 }
        return Tensors([
            "lossSum": StackTensor(models: counts.models, count: 3, read.map(\.lossSum)),
            "correct": StackTensor(models: counts.models, count: 3, read.map { Float($0.correct) }),
            "gradient": try backend.download(gradient),
        ])
    }

    /// The bounds follow the formula, term by term.
    ///
    /// Of `e = exp(z - m)` and `S = sum e`, in `1...C`: the difference is rounded once, so `e` has the relative error
    /// `u |z - m| + 6 u` (exp: 3 ulp), and `|z - m| e <= 1/e < 0.4` a term: `S` has `(6 + 0.4 C + C + 2) u`, relative.
    /// The logarithm adds that, absolutely, and 3 ulp of its value.
    ///
    /// Smoothing adds the mean of `z[label] - z` times `s`: a difference, a sum over the classes, a quotient (5 u) and two
    /// products. The gradient has one quotient by the classes and one by the count more, and two sums.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        let u = Tolerance.u
        var lossSums = Array(repeating: 0.0, count: 3 * models)
        var gradients = Array(repeating: 0.0, count: expected["gradient"].values.count)
        let sumBound = (8 + 1.4 * Double(classes)) * u
        for model in 0..<models {
            var (bound, magnitude) = (0.0, 0.0)
            var (smoothedBound, smoothedMagnitude) = (0.0, 0.0)
            let smoothing = withSmoothing ? Double(inputs["smoothing"].values[model]) : 0
            for sample in 0..<counts.perModel[model] {
                let start = (model * capacity + sample) * classes
                let row = inputs["logits"].values[start..<start + classes].map(Double.init)
                let label = Int(inputs["labels"].values[model * capacity + sample])
                let largest = row.max() ?? 0
                let sum = row.reduce(0) { $0 + exp($1 - largest) }
                bound += sumBound + 6 * u * log(sum) + 2 * u * abs(row[label] - largest)
                magnitude += log(sum) + abs(row[label] - largest)
                for unit in row.indices {
                    let probability = exp(row[unit] - largest) / sum
                    let relative = u * abs(row[unit] - largest) + 6 * u + sumBound + 5 * u
                    let shown = unit == label ? 1.0 : 0
                    let smoothed = smoothing * (shown + 1 / Double(classes))
                    // One subtraction, one division by the count (5 u), the reference's rounding.
                    gradients[start + unit] =
                        (probability * relative + 7 * u * (probability + shown)
                            + u * (14 * smoothed + (smoothing > 0 ? probability + shown : 0)))
                        / Double(counts.perModel[model]) + Tolerance.flushed(withSmoothing ? 5 : 2)
                }
                let differences = row.reduce(0) { $0 + abs(row[label]) + abs($1) }
                smoothedMagnitude += smoothing * differences / Double(classes)
                smoothedBound += smoothing * differences / Double(classes) * (Double(classes) + 10) * u
            }
            bound += Tolerance.roundings(ofLongSum: counts.perModel[model]) * u * magnitude
            lossSums[3 * model + 2] = bound
            lossSums[3 * model] =
                bound + smoothedBound + (smoothing > 0 ? 2 * u * magnitude : 0)
                + Tolerance.roundings(ofLongSum: counts.perModel[model]) * u * smoothedMagnitude
        }
        return ["lossSum": lossSums, "gradient": gradients]
    }

    static let all: [LossCase] = [
        LossCase(name: "the network's", classes: 10, capacity: 64, counts: SampleCounts([64, 33, 1, 0, 16])),
        LossCase(name: "huge logits", classes: 10, capacity: 17, counts: SampleCounts([17, 16]), scale: 1e4),
        LossCase(name: "largest logits", classes: 3, capacity: 15, counts: SampleCounts([15]), scale: 1e37),
        LossCase(name: "tiny logits", classes: 17, capacity: 16, counts: SampleCounts([16, 15]), scale: 1e-6),
        LossCase(name: "ties", classes: 5, capacity: 64, counts: SampleCounts([0, 64]), withTies: true),
        LossCase(name: "one class", classes: 1, capacity: 1, counts: SampleCounts([1])),
        LossCase(
            name: "large batch", classes: 2, capacity: 131_072, counts: SampleCounts([131_072]), scale: 1e-6,
            isSmall: false),
        LossCase(name: "many classes", classes: 200, capacity: 3, counts: SampleCounts([3, 2]), scale: 4),
        LossCase(
            name: "the network's", classes: 10, capacity: 64, counts: SampleCounts([64, 33, 1, 16, 0]),
            withSmoothing: true),
        LossCase(
            name: "huge logits", classes: 3, capacity: 17, counts: SampleCounts([17, 16]), scale: 1e4,
            withSmoothing: true),
        LossCase(
            name: "large batch", classes: 2, capacity: 131_072, counts: SampleCounts([131_072]), withSmoothing: true,
            isSmall: false),
        LossCase(
            name: "many classes", classes: 200, capacity: 3, counts: SampleCounts([3, 2]), scale: 4,
            withSmoothing: true),
    ]
}

/// Logits of a sample and the class they predict.
private struct Prediction {
    let logits: [Float]
    let prediction: Int

    init(_ logits: [Float], _ prediction: Int) {
        self.logits = logits
        self.prediction = prediction
    }

    /// The first of equal logits is the prediction; NaN is larger than every number, and the first NaN is the prediction.
    static let all = [
        Prediction([1, 3, 3], 1),
        Prediction([2, 2, 2], 0),
        Prediction([-.infinity, -1e38, -1e38], 1),
        Prediction([5, .nan, .infinity], 1),
        Prediction([5, .nan, .nan], 1),
        Prediction([.nan, 1, 2], 0),
        Prediction([1, 2, .infinity], 2),
    ]

    /// The check of the count of correct predictions, and of the results for a logit that is NaN.
    var check: ParityCheck {
        // One sample for each label: only the sample whose label is the prediction is correct.
        let loss = LossCase(name: "prediction", classes: 3, capacity: 1, counts: SampleCounts([1, 1, 1]))
        return loss.check(", \(logits) predict \(prediction)") { [self] loss, backend throws(BackendError) in
            var inputs = loss.makeInputs()
            inputs["logits"].values = logits + logits + logits
            inputs["labels"].values = [0, 1, 2]
            let found = try loss.run(inputs, counts: loss.counts, on: backend)
            let correct = (0..<3).flatMap { label -> [Float] in
                label == prediction ? [1, 0, 1] : [0, 0, 0]
            }
            var comparisons = [Comparison("correct", found["correct"].values, expected: correct)]
            if logits.contains(where: \.isNaN) {
                let written = [0, 2, 3, 5, 6, 8].map { found["lossSum"].values[$0] }
                comparisons += [("gradient", found["gradient"].values), ("lossSum", written)].map { name, values in
                    Comparison(name, values, expected: values.map { _ in Float.nan })
                }
            }
            return comparisons
        }
    }
}

extension ParityCheck {
    static let lossChecks =
        LossCase.checks(LossCase.all) + LinearCrossEntropyCase.checks(LinearCrossEntropyCase.all)
        + Prediction.all.map(\.check)
}
