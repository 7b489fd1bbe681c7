package import Backend

/// Convolution, batch norm and pooling, one after another.
extension ReferenceBackend: ConvolutionNormOperations {
    package func forwardTraining(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        record: Record, output: Activation
    ) throws(BackendError) {
        let convolved = record.convolved
        try layer.validateForward(
            input: input, residual: residual, record: record, output: output, counts: counts,
            operation: "forward, training")
        try convolve(
            layer.convolution, input: input, weights: layer.weights, bias: layer.bias, counts: counts,
            output: convolved)
        let normalized = layer.norm.pool == nil ? output : ReferenceActivation(convolved.shape)
        try normalizeTraining(
            layer.norm, input: convolved, residual: residual, counts: counts, savedMean: record.mean,
            savedRstd: record.rstd, output: normalized)
        try pool(layer.norm, normalized, counts: counts, output: output)
    }

    package func forwardEvaluation(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError) {
        try layer.validateForward(
            input: input, residual: residual, record: nil, output: output, counts: counts,
            operation: "forward, evaluation")
        let convolved = ReferenceActivation(layer.convolvedShape(for: input.shape))
        try convolve(
            layer.convolution, input: input, weights: layer.weights, bias: layer.bias, counts: counts,
            output: convolved)
        let normalized = layer.norm.pool == nil ? output : ReferenceActivation(convolved.shape)
        try normalizeEvaluation(
            layer.norm, input: convolved, residual: residual, counts: counts, output: normalized)
        try pool(layer.norm, normalized, counts: counts, output: output)
    }

    package func backward(
        _ layer: ConvolutionNorm<Parameters>, input: Activation, output: Activation, outputGradient: Activation,
        counts: SampleCounts, record: Record, gradients: ConvolutionNormGradients<Parameters>,
        inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError) {
        let (norm, convolved, shape) = (layer.norm, record.convolved, record.convolved.shape)
        try layer.validateBackward(
            input: input, output: output, outputGradient: outputGradient, record: record, gradients: gradients,
            inputGradient: inputGradient, counts: counts, operation: "backward")
        var (values, gradient) = (output, outputGradient)
        if let pool = norm.pool {
            // The input of the pooling and its gradient.
            (values, gradient) = (ReferenceActivation(shape), ReferenceActivation(shape))
            for model in 0..<shape.models {
                for channel in 0..<shape.channels {
                    normalize(
                        norm, model, channel, input: convolved, residual: nil, samples: counts.perModel[model],
                        mean: record.mean[model, channel], rstd: record.rstd[model, channel],
                        output: values)
                }
            }
            try maxPoolGradient(
                pool, input: values, outputGradient: outputGradient, counts: counts, inputGradient: gradient)
        }
        normalizeGradient(
            norm, values: convolved, output: values, outputGradient: gradient, counts: counts, record: record,
            weightGradient: gradients.normWeight, biasGradient: gradients.normBias)
        try convolveParameterGradients(
            layer.convolution, input: input, outputGradient: convolved, counts: counts,
            weightGradient: gradients.weights, biasGradient: gradients.bias)
        if let inputGradient {
            try convolveInputGradient(
                layer.convolution, outputGradient: convolved, weights: layer.weights, counts: counts,
                accumulate: accumulate, inputGradient: inputGradient)
        }
    }

    /// The pooling at the end of a batch norm, if it has one.
    private func pool(
        _ norm: BatchNorm<Parameters>, _ normalized: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        guard let pool = norm.pool else { return }
        try maxPool(pool, input: normalized, counts: counts, output: output)
        output.clearPadding(counts)
    }
}
