/// The requirements of a backend for the last layer of a network with its loss; callers use the checked function of the same name.
package protocol LinearCrossEntropyOperations: LinearOperations, LossOperations {
    /// ``linearCrossEntropy(input:weights:bias:labels:counts:logits:gradient:scores:step:)`` without checks.
    func uncheckedLinearCrossEntropy(
        input: Activation, weights: Slice, bias: Slice, labels: Labels, counts: SampleCounts, logits: Activation,
        gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError)
}

extension LinearCrossEntropyOperations {
    /// The two operations, one after the other: the default for a device on which an operation costs little.
    package func uncheckedLinearCrossEntropy(
        input: Activation, weights: Slice, bias: Slice, labels: Labels, counts: SampleCounts, logits: Activation,
        gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError) {
        try uncheckedLinear(input: input, weights: weights, bias: bias, counts: counts, output: logits)
        try uncheckedSoftmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step)
    }

    /// ``LinearOperations/linear(input:weights:bias:counts:output:)`` and
    /// ``LossOperations/softmaxCrossEntropy(logits:labels:counts:gradient:scores:step:)`` of its output.
    ///
    /// - Parameters:
    ///   - logits: receives the output of the layer, `[M, N, classes, 1, 1]`.
    ///   - gradient: receives the gradient of the logits; nil in evaluation.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func linearCrossEntropy(
        input: Activation, weights: Slice, bias: Slice, labels: Labels, counts: SampleCounts, logits: Activation,
        gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: logits.shape, weights: weights, bias: bias, counts: counts,
            operation: "linear with cross-entropy")
        try validateSoftmaxCrossEntropy(
            logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step,
            operation: "linear with cross-entropy")
        try uncheckedLinearCrossEntropy(
            input: input, weights: weights, bias: bias, labels: labels, counts: counts, logits: logits,
            gradient: gradient, scores: scores, step: step)
    }
}
