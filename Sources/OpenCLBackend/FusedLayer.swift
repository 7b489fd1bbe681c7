package import Backend

extension OpenCLBackend {
    package func uncheckedForwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        residual: OpenCLActivation?, counts: SampleCounts, workspace: OpenCLWorkspace, output: OpenCLActivation
    ) throws(BackendError) {
        guard let normSettings = layer.norm, let norm = parameters.norm else {
            return try forwardWithoutNorm(
                layer, parameters, input: input, residual: residual, counts: counts, values: workspace.values,
                workspace: workspace, output: output)
        }
        let (models, groups) = (input.shape.models, input.groups)
        let launch = EpilogueLaunch(layer, models: models, groups: groups, on: self)
        let bands = layer.convolution.map { tiling($0, groups: groups).momentBands } ?? 1
        let moments = try scratch(.moments, floats: 4 * models * groups * layer.unpooled.channels * bands)
        if let convolution = layer.convolution {
            try convolve(
                convolution, parameters, input: input, counts: counts, output: workspace.values, moments: moments)
        } else {
            try launch(
                "copyWithMoments",
                [
                    "input": .buffer(input.buffer), "counts": .buffer(buffer(of: counts)),
                    "values": .buffer(workspace.values), "moments": .buffer(moments),
                ], work: launch.work(inputs: 2, outputs: 0, flops: 5, counts: counts))
        }
        // For parameters that the kernel does not use: the same memory in every layer.
        let unused = try buffer(of: counts)
        let isPooled = layer.pool != nil
        try launch.overOutput(
            "normalizeTraining",
            [
                "input": .buffer(workspace.values), "residual": .buffer(residual?.buffer ?? unused),
                "hasResidual": .flag(residual != nil), "counts": .buffer(buffer(of: counts)),
                "moments": .buffer(moments), "parts": .int(bands), "weight": .slice(norm.weight),
                "bias": .slice(norm.bias), "runningMean": .slice(norm.runningMean),
                "runningVariance": .slice(norm.runningVariance), "savedMean": .slice(workspace.mean),
                "savedRstd": .slice(workspace.rstd), "epsilon": .float(normSettings.epsilon),
                "momentum": .float(normSettings.momentum), "relu": .flag(layer.relu),
                "output": .buffer(output.buffer), "savesArgmax": .flag(isPooled),
                "indices": .buffer(workspace.indices ?? unused), "deviations": .buffer(workspace.deviations ?? unused),
            ],
            work: launch.work(inputs: residual == nil ? 1 : 2, outputs: isPooled ? 3 : 1, flops: 4, counts: counts))
    }

    package func uncheckedForwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        residual: OpenCLActivation?, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        func makeValues() throws(BackendError) -> DeviceBuffer {
            try scratch(
                .values,
                floats: input.shape.models * input.groups * configuration.lanes * layer.unpooled.count)
        }
        guard let normSettings = layer.norm, let norm = parameters.norm else {
            return try forwardWithoutNorm(
                layer, parameters, input: input, residual: residual, counts: counts, values: try makeValues(),
                workspace: nil, output: output)
        }
        var values = input.buffer
        if let convolution = layer.convolution {
            values = try makeValues()
            try convolve(convolution, parameters, input: input, counts: counts, output: values, moments: nil)
        }
        let launch = EpilogueLaunch(layer, models: input.shape.models, groups: input.groups, on: self)
        try launch.overOutput(
            "normalizeEvaluation",
            [
                "input": .buffer(values), "residual": .buffer(residual?.buffer ?? values),
                "hasResidual": .flag(residual != nil), "counts": .buffer(buffer(of: counts)),
                "weight": .slice(norm.weight), "bias": .slice(norm.bias), "runningMean": .slice(norm.runningMean),
                "runningVariance": .slice(norm.runningVariance), "epsilon": .float(normSettings.epsilon),
                "relu": .flag(layer.relu), "output": .buffer(output.buffer),
            ],
            work: launch.work(inputs: residual == nil ? 1 : 2, outputs: 1, flops: 4, counts: counts))
    }

    /// The forward pass of a layer without norm.
    ///
    /// - Parameters:
    ///   - values: memory for the convolution's output.
    ///   - workspace: receives the argmax of a pooling; nil in evaluation.
    private func forwardWithoutNorm(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        residual: OpenCLActivation?, counts: SampleCounts, values: @autoclosure () throws(BackendError) -> DeviceBuffer,
        workspace: OpenCLWorkspace?, output: OpenCLActivation
    ) throws(BackendError) {
        let isLast = !layer.addsResidual && !layer.relu && layer.pool == nil
        var source = input.buffer
        if let convolution = layer.convolution {
            source = isLast ? output.buffer : try values()
            try convolve(convolution, parameters, input: input, counts: counts, output: source, moments: nil)
            if isLast { return }
        }
        let launch = EpilogueLaunch(layer, models: input.shape.models, groups: input.groups, on: self)
        let savesArgmax = layer.pool != nil && workspace != nil
        try launch.overOutput(
            "activate",
            [
                "input": .buffer(source), "residual": .buffer(residual?.buffer ?? source),
                "hasResidual": .flag(residual != nil), "counts": .buffer(buffer(of: counts)),
                "relu": .flag(layer.relu), "output": .buffer(output.buffer), "savesArgmax": .flag(savesArgmax),
                "indices": .buffer(workspace?.indices ?? source),
                "deviations": .buffer(workspace?.deviations ?? source),
            ],
            work: launch.work(
                inputs: residual == nil ? 1 : 2, outputs: savesArgmax ? 3 : 1, flops: 1, counts: counts))
    }

    package func uncheckedBackwardOutput(
        _ layer: FusedLayer, output: OpenCLActivation, outputGradient: OpenCLActivation, counts: SampleCounts,
        workspace: OpenCLWorkspace
    ) throws(BackendError) {
        let launch = EpilogueLaunch(layer, models: output.shape.models, groups: output.groups, on: self)
        // For parameters that the kernel does not use: the same memory in every layer.
        let unused = try buffer(of: counts)
        let isPooled = layer.pool != nil
        if layer.norm != nil {
            try launch.overSums(
                "gradientSums",
                [
                    "input": .buffer(workspace.values), "output": .buffer(output.buffer),
                    "outputGradient": .buffer(outputGradient.buffer), "counts": .buffer(buffer(of: counts)),
                    "indices": .buffer(workspace.indices ?? unused),
                    "deviations": .buffer(workspace.deviations ?? unused),
                    "savedMean": .slice(workspace.mean), "savedRstd": .slice(workspace.rstd),
                    "relu": .flag(layer.relu), "partials": .buffer(workspace.gradientSums),
                ],
                // With a ReLU the output is read too, and the output gradient is overwritten.
                work: isPooled
                    ? launch.work(inputs: 0, outputs: 3, flops: 1, counts: counts)
                    : launch.work(inputs: 1, outputs: layer.relu ? 3 : 1, flops: 4, counts: counts))
        } else if layer.relu, !isPooled {
            try launch.overOutput(
                "maskGradient",
                [
                    "output": .buffer(output.buffer), "outputGradient": .buffer(outputGradient.buffer),
                    "counts": .buffer(buffer(of: counts)),
                ], work: launch.work(inputs: 0, outputs: 3, flops: 1, counts: counts))
        }
    }

    package func uncheckedBackwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, workspace: OpenCLWorkspace,
        gradients: FusedLayerGradients<OpenCLParameters>, inputGradient: OpenCLActivation?, accumulate: Bool
    ) throws(BackendError) {
        let launch = EpilogueLaunch(layer, models: input.shape.models, groups: input.groups, on: self)
        let valueGradient = try valueGradient(
            layer, parameters, launch, outputGradient: outputGradient, counts: counts, workspace: workspace,
            gradients: gradients)
        if let convolution = layer.convolution {
            try convolveGradients(
                convolution, parameters, input: input, outputGradient: valueGradient, counts: counts,
                gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
        } else if let inputGradient {
            try launch.overValues(
                "copyGradient",
                [
                    "gradient": .buffer(valueGradient), "counts": .buffer(buffer(of: counts)),
                    "accumulate": .flag(accumulate), "inputGradient": .buffer(inputGradient.buffer),
                ], work: launch.work(inputs: accumulate ? 3 : 2, outputs: 0, flops: 1, counts: counts))
        }
    }

    /// Computes the gradient of `x` and of the norm's parameters, and returns the memory in which it is.
    private func valueGradient(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<OpenCLParameters>, _ launch: EpilogueLaunch,
        outputGradient: OpenCLActivation, counts: SampleCounts, workspace: OpenCLWorkspace,
        gradients: FusedLayerGradients<OpenCLParameters>
    ) throws(BackendError) -> DeviceBuffer {
        // For parameters that the kernel does not use: the same memory in every layer.
        let unused = try buffer(of: counts)
        let isPooled = layer.pool != nil
        if let norm = parameters.norm, let weight = gradients.normWeight, let bias = gradients.normBias {
            try launch.overValues(
                "normalizeGradient",
                [
                    "values": .buffer(workspace.values), "outputGradient": .buffer(outputGradient.buffer),
                    "counts": .buffer(buffer(of: counts)), "partials": .buffer(workspace.gradientSums),
                    "indices": .buffer(workspace.indices ?? unused), "weight": .slice(norm.weight),
                    "savedMean": .slice(workspace.mean), "savedRstd": .slice(workspace.rstd),
                    "weightGradient": .slice(weight), "biasGradient": .slice(bias),
                ],
                work: launch.work(inputs: 2, outputs: isPooled ? 2 : 1, flops: 6, counts: counts))
            return workspace.values
        }
        guard isPooled else { return outputGradient.buffer }
        try launch.overValues(
            "scatterGradient",
            [
                "outputGradient": .buffer(outputGradient.buffer), "counts": .buffer(buffer(of: counts)),
                "indices": .buffer(workspace.indices ?? unused), "values": .buffer(workspace.values),
            ], work: launch.work(inputs: 1, outputs: 2, flops: 1, counts: counts))
        return workspace.values
    }
}
