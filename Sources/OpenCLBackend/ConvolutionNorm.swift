package import Backend

extension OpenCLBackend {
    package func forwardTraining(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, residual: OpenCLActivation?,
        counts: SampleCounts, record: Record, output: OpenCLActivation
    ) throws(BackendError) {
        let (norm, convolved) = (layer.norm, record.convolved)
        try layer.validateForward(
            input: input, residual: residual, record: record, output: output, counts: counts,
            operation: "forward, training")

        try pendingSums.flush()
        let bands = tiling(layer.convolution, groups: input.groups).momentBands
        let moments = try scratch(
            .partialSums, floats: 4 * convolved.shape.models * convolved.groups * convolved.shape.channels * bands)
        try convolve(layer, input: input, counts: counts, output: convolved.buffer, moments: moments)
        let launch = try BatchNormLaunch(norm, of: convolved.shape, groups: convolved.groups, on: self)
        let argmax = record.argmaxBuffers
        // If the argmax is not saved, the kernel ignores these arguments.
        let (indices, deviations) = argmax ?? (convolved.buffer, convolved.buffer)
        try launch.overPixels(
            launch.outputPixels, launch.training,
            [
                .buffer(convolved.buffer), .buffer((residual ?? convolved).buffer), .flag(residual != nil),
                .buffer(try buffer(of: counts)), .buffer(moments), .int(bands),
            ] + norm.weight.arguments + norm.bias.arguments + norm.runningMean.arguments
                + norm.runningVariance.arguments + record.mean.arguments + record.rstd.arguments
                + [
                    .float(norm.epsilon), .float(norm.momentum), .flag(norm.relu), .buffer(output.buffer),
                    .flag(argmax != nil), .buffer(indices), .buffer(deviations),
                ],
            work: launch.work(
                inputs: residual == nil ? 1 : 2, outputs: argmax == nil ? 1 : 3, flops: 4, counts: counts))
    }

    package func forwardEvaluation(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, residual: OpenCLActivation?,
        counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        let norm = layer.norm
        try layer.validateForward(
            input: input, residual: residual, record: nil, output: output, counts: counts,
            operation: "forward, evaluation")

        try pendingSums.flush()
        let shape = layer.convolvedShape(for: input.shape)
        let convolved = try scratch(
            .convolved, floats: shape.models * input.groups * configuration.lanes * shape.valuesPerSample)
        try convolve(layer, input: input, counts: counts, output: convolved, moments: nil)
        let launch = try BatchNormLaunch(norm, of: shape, groups: input.groups, on: self)
        try launch.overPixels(
            launch.outputPixels, launch.evaluation,
            [
                .buffer(convolved), .buffer(residual?.buffer ?? convolved), .flag(residual != nil),
                .buffer(try buffer(of: counts)),
            ] + norm.weight.arguments + norm.bias.arguments + norm.runningMean.arguments
                + norm.runningVariance.arguments
                + [.float(norm.epsilon), .flag(norm.relu), .buffer(output.buffer)],
            work: launch.work(inputs: residual == nil ? 1 : 2, outputs: 1, flops: 4, counts: counts))
    }

    package func backward(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, output: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, record: Record,
        gradients: ConvolutionNormGradients<OpenCLParameters>, inputGradient: OpenCLActivation?, accumulate: Bool
    ) throws(BackendError) {
        try layer.validateBackward(
            input: input, output: output, outputGradient: outputGradient, record: record, gradients: gradients,
            inputGradient: inputGradient, counts: counts, operation: "backward")
        try normalizeGradient(
            layer.norm, record: record, output: output, outputGradient: outputGradient, counts: counts,
            weightGradient: gradients.normWeight, biasGradient: gradients.normBias)
        try convolveGradients(
            layer, input: input, outputGradient: record.convolved, counts: counts, gradients: gradients,
            inputGradient: inputGradient, accumulate: accumulate)
    }
}
