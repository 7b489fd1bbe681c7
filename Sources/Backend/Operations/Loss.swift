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

/// Softmax cross-entropy with its gradient, as PyTorch's `CrossEntropyLoss`, and the count of correct predictions.
///
/// Scores stay on the device, in one slot per step; an epoch ends with one read of all of them.
package protocol LossOperations: GatherOperations {
    /// The scores of a number of steps, `[model][step]`, on the device.
    associatedtype Scores

    /// Allocates the scores of `steps` steps, filled with zeros.
    func makeScores(models: Int, steps: Int) throws(BackendError) -> Scores

    /// The scores as `[model][step]`, after all previous operations have completed.
    func read(_ scores: Scores) throws(BackendError) -> [[StepScore]]

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
    func softmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError)
}

/// Checks the shapes of one step of softmax cross-entropy.
///
/// - Parameter scores: the numbers of models and steps that have a slot.
/// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
package func validateSoftmaxCrossEntropy(
    logits: ActivationShape, labels: LabelShape, counts: SampleCounts, gradient: ActivationShape?,
    scores: (models: Int, steps: Int), step: Int
) throws(BackendError) {
    let operation = "softmax cross-entropy"
    var expected = logits
    expected.image = Extent(1)
    try requireShape(logits, is: expected, "logits", operation: operation)
    if let gradient { try requireShape(gradient, is: logits, "gradient", operation: operation) }
    try requireShape(labels, is: LabelShape(of: logits), "labels", operation: operation)
    try counts.validate(for: logits, operation: operation)
    guard scores.models == logits.models, (0..<scores.steps).contains(step) else {
        throw .shapeMismatch(
            operation: operation, expected: "scores of \(logits.models) models with a step \(step)",
            found: "\(scores.models) models, \(scores.steps) steps")
    }
}

/// Checks that the label of every sample is one of the classes.
///
/// - Parameter labels: `[M, N]`.
/// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
package func validateLabels(
    _ labels: UnsafeBufferPointer<UInt8>, counts: SampleCounts, logits: ActivationShape
) throws(BackendError) {
    for (model, count) in counts.perModel.enumerated() {
        for sample in 0..<count where Int(labels[model * logits.samples + sample]) >= logits.channels {
            throw .shapeMismatch(
                operation: "softmax cross-entropy", expected: "labels below \(logits.channels)",
                found: "\(labels[model * logits.samples + sample]) in sample \(sample) of model \(model)")
        }
    }
}
