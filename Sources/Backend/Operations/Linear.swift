/// The requirements of a backend for a fully connected layer, as PyTorch's `Linear` on the flattened image; callers use the
/// checked functions of the same names.
///
/// An activation `[M, N, C, H, W]` is read as `F = C H W` features per sample, in that order; the output is
/// `[M, N, O, 1, 1]`. With the samples innermost in memory, each of the three operations is one GEMM per model.
package protocol LinearOperations: StorageOperations {
    /// ``linear(input:weights:bias:counts:output:)`` without checks.
    func uncheckedLinear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// ``linearInputGradient(outputGradient:weights:counts:inputGradient:)`` without checks.
    func uncheckedLinearInputGradient(
        outputGradient: Activation, weights: Slice, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError)

    /// ``linearParameterGradients(input:outputGradient:counts:weightGradient:biasGradient:)`` without checks.
    func uncheckedLinearParameterGradients(
        input: Activation, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
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
        try validate(
            input: input.shape, output: output.shape, weights: weights, bias: bias, counts: counts,
            operation: "linear")
        try uncheckedLinear(input: input, weights: weights, bias: bias, counts: counts, output: output)
    }

    /// `inputGradient[n,f] = sum over o of weights[o,f] outputGradient[n,o]`.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func linearInputGradient(
        outputGradient: Activation, weights: Slice, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        try validate(
            input: inputGradient.shape, output: outputGradient.shape, weights: weights, bias: nil, counts: counts,
            operation: "linear, input gradient")
        try uncheckedLinearInputGradient(
            outputGradient: outputGradient, weights: weights, counts: counts, inputGradient: inputGradient)
    }

    /// The parameter gradients, which are zero for a model without samples.
    ///
    /// `weightGradient[o,f] = sum over n of outputGradient[n,o] input[n,f]`, and
    /// `biasGradient[o] = sum over n of outputGradient[n,o]`.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func linearParameterGradients(
        input: Activation, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
    ) throws(BackendError) {
        try validate(
            input: input.shape, output: outputGradient.shape, weights: weightGradient, bias: biasGradient,
            counts: counts, operation: "linear, parameter gradients")
        try uncheckedLinearParameterGradients(
            input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
    }

    private func validate(
        input: ActivationShape, output: ActivationShape, weights: Slice, bias: Slice?, counts: SampleCounts,
        operation: String
    ) throws(BackendError) {
        let expected = ActivationShape(
            models: input.models, samples: input.samples, channels: output.channels, image: Extent(1))
        try requireShape(output, is: expected, "output", operation: operation)
        try weights.validate(
            models: input.models, count: output.channels * input.valuesPerSample, "weights", operation: operation)
        try bias?.validate(models: input.models, count: output.channels, "bias", operation: operation)
        try counts.validate(for: input, operation: operation)
    }
}
