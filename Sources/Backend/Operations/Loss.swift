/// The loss and the number of correct predictions of one model in one step.
package struct StepScore: Equatable, Sendable {
    /// The sum of the samples' losses.
    package var lossSum: Float
    /// The number of correctly classified samples.
    package var correct: Int

    package init(lossSum: Float, correct: Int) {
        self.lossSum = lossSum
        self.correct = correct
    }
}

/// The scores of a number of steps, `[model][step]`, on the device.
package protocol ScoreStorage: AnyObject {
    var models: Int { get }
    var steps: Int { get }
}

extension ScoreStorage {
    /// Checks that there is a slot `step` for each of `models` models.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    func validate(models: Int, step: Int, operation: String) throws(BackendError) {
        guard self.models == models, (0..<steps).contains(step) else {
            throw .shapeMismatch(
                operation: operation, expected: "scores of \(models) models with a step \(step)",
                found: "\(self.models) models, \(steps) steps")
        }
    }
}

/// The requirements of a backend for softmax cross-entropy with its gradient, as PyTorch's `CrossEntropyLoss`, and the count of
/// correct predictions; callers use the checked functions of the same names.
///
/// Scores stay on the device, in one slot per step; an epoch ends with one read of all of them.
package protocol LossOperations: GatherOperations {
    associatedtype Scores: ScoreStorage

    /// Allocates the scores of `steps` steps, filled with zeros.
    func makeScores(models: Int, steps: Int) throws(BackendError) -> Scores

    /// The scores as `[model][step]`, after all previous operations have completed.
    func read(_ scores: Scores) throws(BackendError) -> [[StepScore]]

    /// ``softmaxCrossEntropy(logits:labels:counts:gradient:scores:step:)`` without checks.
    func uncheckedSoftmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError)

    /// ``smoothLabels(_:logits:labels:counts:gradient:scores:step:)`` without checks.
    func uncheckedSmoothLabels(
        _ smoothing: Parameters, logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation,
        scores: Scores, step: Int
    ) throws(BackendError)
}

extension LossOperations {
    /// Cross-entropy of a step.
    ///
    /// With `m` the largest logit of a sample, its loss is `log(sum exp(z - m)) - (z[label] - m)`. The gradient is that of
    /// the *mean* loss over the model's samples, `(softmax(z) - onehot(label)) / count`. The prediction is the first of the
    /// largest logits; NaN counts as largest (`torch.argmax`). A sample whose logits include NaN has loss and gradient NaN.
    ///
    /// The slot `step` of a model without samples becomes zero. Samples of `gradient` beyond a model's count become
    /// zero.
    /// - Parameters:
    ///   - logits: `[M, N, classes, 1, 1]`.
    ///   - labels: `[M, N]`, each below `classes`.
    ///   - gradient: receives the gradient of the logits; nil in evaluation.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func softmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError) {
        try validateSoftmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step,
            operation: "softmax cross-entropy")
        try uncheckedSoftmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step)
    }

    /// Changes the loss and the gradient of a step to those of smoothed labels (PyTorch's `label_smoothing`).
    ///
    /// With smoothing `s` and `K` classes, the target of a sample is `(1 - s) onehot(label) + s / K`. So its loss grows by
    /// `s (z[label] - mean z)`, and its part of the gradient by `s (onehot(label) - 1/K) / count`. The correct predictions stay,
    /// and so does everything of a model whose smoothing is 0.
    /// - Parameters:
    ///   - smoothing: one number per model, at least 0 and below 1.
    ///   - logits: those of ``softmaxCrossEntropy(logits:labels:counts:gradient:scores:step:)``, as are the other arguments.
    ///   - gradient: updated.
    ///   - scores: the slot `step` is updated.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func smoothLabels(
        _ smoothing: Parameters, logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation,
        scores: Scores, step: Int
    ) throws(BackendError) {
        let operation = "label smoothing"
        try validateSoftmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step,
            operation: operation)
        try Slice(smoothing).validate(models: logits.shape.models, count: 1, "smoothing", operation: operation)
        try uncheckedSmoothLabels(
            smoothing, logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step)
    }

    func validateSoftmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int,
        operation: String
    ) throws(BackendError) {
        let shape = logits.shape
        var expected = shape
        expected.image = Extent(1)
        try requireShape(shape, is: expected, "logits", operation: operation)
        if let gradient { try requireShape(gradient.shape, is: shape, "gradient", operation: operation) }
        try requireShape(labels.shape, is: LabelShape(of: shape), "labels", operation: operation)
        try counts.validate(for: shape, operation: operation)
        try scores.validate(models: shape.models, step: step, operation: operation)
        try labels.contents.requireClasses(
            shape.channels, counts: counts, capacity: shape.samples, operation: operation)
    }
}

extension LabelContents {
    /// Checks that the label of every sample is one of the classes; of gathered labels, that all of the data set are.
    fileprivate func requireClasses(
        _ classes: Int, counts: SampleCounts, capacity: Int, operation: String
    ) throws(BackendError) {
        func mismatch(_ label: UInt8, _ place: String) -> BackendError {
            .shapeMismatch(
                operation: operation, expected: "labels below \(classes)", found: "\(label) in \(place)")
        }
        switch self {
        case .zero: break
        case .gathered(let largest):
            guard Int(largest) < classes else { throw mismatch(largest, "the data set") }
        case .written(let labels):
            for (model, count) in counts.perModel.enumerated() {
                for sample in 0..<count where Int(labels[model * capacity + sample]) >= classes {
                    throw mismatch(labels[model * capacity + sample], "sample \(sample) of model \(model)")
                }
            }
        }
    }
}
