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

        let bands = tiling(layer.convolution, groups: input.groups).momentBands
        let moments = try scratch(
            .partialSums, floats: 4 * convolved.shape.models * convolved.groups * convolved.shape.channels * bands)
        try convolve(layer, input: input, counts: counts, output: convolved.buffer, moments: moments)
        let launch = BatchNormLaunch(norm, of: convolved.shape, groups: convolved.groups, on: self)
        let argmax = record.argmaxBuffers
        // If the argmax is not saved, the kernel ignores these arguments.
        let (indices, deviations) = argmax ?? (convolved.buffer, convolved.buffer)
        try launch.overPixels(
            launch.outputPixels, "normalizeTraining",
            [
                "input": .buffer(convolved.buffer), "residual": .buffer((residual ?? convolved).buffer),
                "hasResidual": .flag(residual != nil), "counts": .buffer(buffer(of: counts)),
                "moments": .buffer(moments), "parts": .int(bands), "weight": .slice(norm.weight),
                "bias": .slice(norm.bias), "runningMean": .slice(norm.runningMean),
                "runningVariance": .slice(norm.runningVariance), "savedMean": .slice(record.mean),
                "savedRstd": .slice(record.rstd), "epsilon": .float(norm.epsilon), "momentum": .float(norm.momentum),
                "relu": .flag(norm.relu), "output": .buffer(output.buffer), "savesArgmax": .flag(argmax != nil),
                "indices": .buffer(indices), "deviations": .buffer(deviations),
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

        let shape = layer.convolvedShape(for: input.shape)
        let convolved = try scratch(
            .convolved, floats: shape.models * input.groups * configuration.lanes * shape.valuesPerSample)
        try convolve(layer, input: input, counts: counts, output: convolved, moments: nil)
        let launch = BatchNormLaunch(norm, of: shape, groups: input.groups, on: self)
        try launch.overPixels(
            launch.outputPixels, "normalizeEvaluation",
            [
                "input": .buffer(convolved), "residual": .buffer(residual?.buffer ?? convolved),
                "hasResidual": .flag(residual != nil), "counts": .buffer(buffer(of: counts)),
                "weight": .slice(norm.weight), "bias": .slice(norm.bias), "runningMean": .slice(norm.runningMean),
                "runningVariance": .slice(norm.runningVariance), "epsilon": .float(norm.epsilon),
                "relu": .flag(norm.relu), "output": .buffer(output.buffer),
            ],
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
