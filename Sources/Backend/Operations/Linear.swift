/// The requirements of a backend for a fully connected layer, as PyTorch's `Linear` on the flattened image; callers use the
/// checked functions of the same names.
///
/// An activation `[M, N, C, H, W]` is read as `F = C H W` features per sample, in that order; the output is
/// `[M, N, O, 1, 1]`. With the samples innermost in memory, the output and each of the two gradients are one GEMM per model.
package protocol LinearOperations: StorageOperations {
    /// ``linear(input:weights:bias:counts:output:)`` without checks.
    func uncheckedLinear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// ``linearGradients(input:weights:outputGradient:counts:weightGradient:biasGradient:inputGradient:)`` without checks.
    func uncheckedLinearGradients(
        input: Activation, weights: Slice, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice, inputGradient: Activation?
    ) throws(BackendError)
}

extension LinearOperations {
    /// `output[n,o] = bias[o] + sum over f of weights[o,f] input[n,f]`.
    ///
    /// - Parameters:
    ///   - weights: `[O, F]` of each model.
    ///   - bias: `[O]` of each model.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func linear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: output.shape, weights: weights, bias: bias, counts: counts,
            operation: "linear")
        try uncheckedLinear(input: input, weights: weights, bias: bias, counts: counts, output: output)
    }

    /// The gradients of the parameters, which are zero for a model without samples, and of the input.
    ///
    /// `weightGradient[o,f] = sum over n of outputGradient[n,o] input[n,f]`,
    /// `biasGradient[o] = sum over n of outputGradient[n,o]`, and
    /// `inputGradient[n,f] = sum over o of weights[o,f] outputGradient[n,o]`.
    ///
    /// - Parameters:
    ///   - weights: `[O, F]` of each model.
    ///   - inputGradient: receives the gradient of the input; nil if it is not needed.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func linearGradients(
        input: Activation, weights: Slice, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice, inputGradient: Activation?
    ) throws(BackendError) {
        let operation = "linear, gradients"
        try validateLinear(
            input: input.shape, output: outputGradient.shape, weights: weightGradient, bias: biasGradient,
            counts: counts, operation: operation)
        try weights.validate(
            models: input.shape.models, count: weightGradient.count, "weights", operation: operation)
        if let inputGradient {
            try requireShape(inputGradient.shape, is: input.shape, "input gradient", operation: operation)
        }
        try uncheckedLinearGradients(
            input: input, weights: weights, outputGradient: outputGradient, counts: counts,
            weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
    }

    func validateLinear(
        input: ActivationShape, output: ActivationShape, weights: Slice, bias: Slice, counts: SampleCounts,
        operation: String
    ) throws(BackendError) {
        let expected = ActivationShape(
            models: input.models, samples: input.samples, channels: output.channels, image: Extent(1))
        try requireShape(output, is: expected, "output", operation: operation)
        try weights.validate(
            models: input.models, count: output.channels * input.valuesPerSample, "weights", operation: operation)
        try bias.validate(models: input.models, count: output.channels, "bias", operation: operation)
        try counts.validate(for: input, operation: operation)
    }
}
