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

        try convolve(layer, input: input, counts: counts, output: convolved.buffer)
        let launch = try BatchNormLaunch(norm, of: convolved.shape, groups: convolved.groups, on: self)
        let moments = try launch.pairs()
        let counts = try buffer(of: counts)
        try launch(
            launch.moments,
            [.buffer(convolved.buffer), .buffer(counts)] + launch.shapeArguments + [.buffer(moments)])
        try launch.overPixels(launch.outputPixels, launch.training) { chunk in
            [
                .buffer(convolved.buffer), .buffer((residual ?? convolved).buffer), .flag(residual != nil),
                .buffer(counts),
            ] + launch.shapeArguments + [.int(chunk), .buffer(moments)] + norm.weight.arguments
                + norm.bias.arguments + norm.runningMean.arguments + norm.runningVariance.arguments
                + record.mean.arguments + record.inverseDeviation.arguments
                + [.float(norm.epsilon), .float(norm.momentum), .flag(norm.relu), .buffer(output.buffer)]
        }
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
        try convolve(layer, input: input, counts: counts, output: convolved)
        let launch = try BatchNormLaunch(norm, of: shape, groups: input.groups, on: self)
        let counts = try buffer(of: counts)
        try launch.overPixels(launch.outputPixels, launch.evaluation) { chunk in
            [
                .buffer(convolved), .buffer(residual?.buffer ?? convolved), .flag(residual != nil), .buffer(counts),
            ] + launch.shapeArguments + [.int(chunk)] + norm.weight.arguments + norm.bias.arguments
                + norm.runningMean.arguments + norm.runningVariance.arguments
                + [.float(norm.epsilon), .flag(norm.relu), .buffer(output.buffer)]
        }
    }

    package func backward(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, output: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, record: Record,
        gradients: ConvolutionNormGradients<OpenCLParameters>, residualGradient: OpenCLActivation?,
        inputGradient: OpenCLActivation?, accumulate: Bool
    ) throws(BackendError) {
        try layer.validateBackward(
            input: input, output: output, outputGradient: outputGradient, record: record, gradients: gradients,
            residualGradient: residualGradient, inputGradient: inputGradient, counts: counts, operation: "backward")
        try normalizeGradient(
            layer.norm, record: record, output: output, outputGradient: outputGradient, counts: counts,
            weightGradient: gradients.normWeight, biasGradient: gradients.normBias, residualGradient: residualGradient)
        try convolveParameterGradients(
            layer.convolution, input: input, outputGradient: record.convolved, counts: counts,
            weightGradient: gradients.weights, biasGradient: gradients.bias)
        if let inputGradient {
            try convolveInputGradient(
                layer.convolution, outputGradient: record.convolved, weights: layer.weights, counts: counts,
                accumulate: accumulate, inputGradient: inputGradient)
        }
    }
}
