/// A fully connected layer, as PyTorch's `Linear` on the flattened image.
///
/// An activation `[M, N, C, H, W]` is read as `F = C H W` features per sample, in that order; the output is
/// `[M, N, O, 1, 1]`. With the samples innermost in memory, each of the three operations is one GEMM per model.
package protocol LinearOperations: StorageOperations {
    /// `output[n,o] = bias[o] + sum over f of weights[o,f] input[n,f]`.
    /// - Parameters:
    ///   - weights: `[O, F]` of each model.
    ///   - bias: `[O]` of each model.
    func linear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// `inputGradient[n,f] = sum over o of weights[o,f] outputGradient[n,o]`.
    func linearInputGradient(
        outputGradient: Activation, weights: Slice, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError)

    /// `weightGradient[o,f] = sum over n of outputGradient[n,o] input[n,f]`, `biasGradient[o] = sum of
    /// outputGradient[n,o]`. The gradients of a model without samples are zero.
    func linearParameterGradients(
        input: Activation, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
    ) throws(BackendError)
}

/// Checks the shapes of a linear layer.
///
/// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
package func validateLinear<Parameters>(
    input: ActivationShape, output: ActivationShape, weights: ParameterSlice<Parameters>,
    bias: ParameterSlice<Parameters>?, counts: SampleCounts, operation: String
) throws(BackendError) {
    let expected = ActivationShape(
        models: input.models, samples: input.samples, channels: output.channels, image: Extent(1))
    try requireShape(output, is: expected, "output", operation: operation)
    try weights.validate(
        models: input.models, count: output.channels * input.valuesPerSample, "weights", operation: operation)
    try bias?.validate(models: input.models, count: output.channels, "bias", operation: operation)
    try counts.validate(for: input, operation: operation)
}
