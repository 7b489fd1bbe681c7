/// What one step says about one model.
package struct StepScore: Equatable, Sendable {
    /// Sum of the samples' losses.
    package var lossSum: Float
    /// How many samples were classified correctly.
    package var correct: Int

    package init(lossSum: Float, correct: Int) {
        self.lossSum = lossSum
        self.correct = correct
    }
}

/// Softmax cross-entropy with its gradient, as PyTorch's `CrossEntropyLoss`, and the count of correct predictions.
///
/// Scores stay on the device, a slot for each step, and come out with one read at the end of an epoch.
package protocol LossOperations: GatherOperations {
    /// The scores of a number of steps, `[model][step]`, on the device.
    associatedtype Scores

    /// Room for the scores of `steps` steps, filled with zeros.
    func makeScores(models: Int, steps: Int) throws(BackendError) -> Scores

    /// The scores as `[model][step]`, once everything before has run.
    func read(_ scores: Scores) throws(BackendError) -> [[StepScore]]

    /// Cross-entropy of a step.
    ///
    /// With `m` the largest logit of a sample, its loss is `log(sum exp(z - m)) - (z[label] - m)`; the gradient is that
    /// of the *mean* loss over the model's samples, `(softmax(z) - onehot(label)) / count`. The prediction is the first
    /// of the largest logits, NaN counting as largest (`torch.argmax`). A sample whose logits include NaN has loss and
    /// gradient NaN.
    ///
    /// The slot `step` of a model without samples becomes zero. Samples of `gradient` beyond a model's count become
    /// zero.
    /// - Parameters:
    ///   - logits: `[M, N, classes, 1, 1]`.
    ///   - labels: `[M, N]`, each below `classes`.
    ///   - gradient: gets the gradient in the logits; nil in evaluation.
    func softmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError)
}
