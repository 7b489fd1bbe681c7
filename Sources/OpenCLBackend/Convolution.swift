import Backend

/// A convolution of a layer, for which a partition is chosen once.
struct ConvolutionKey: Hashable {
    var convolution: Convolution
    /// The number of groups of lanes of each model.
    var groups: Int
    /// Whether the input gradient is computed.
    var hasInputGradient = false
}

/// The programs that compute a convolution and its gradients.
struct ConvolutionTiling {
    /// The direct sum.
    let forward: ConvolutionConstants
    let gradient: ConvolutionGradientConstants
    /// Winograd's algorithm for the forward pass and the input gradient; nil for the direct sum.
    let winograd: WinogradConstants?
    let inputWinograd: WinogradConstants?

    init(_ key: ConvolutionKey, _ configuration: KernelConfiguration) {
        let (convolution, groups) = (key.convolution, key.groups)
        forward = ConvolutionConstants(convolution, groups: groups, configuration)
        winograd = WinogradConstants(convolution, groups: groups, isInputGradient: false, configuration)
        inputWinograd =
            key.hasInputGradient
            ? WinogradConstants(convolution, groups: groups, isInputGradient: true, configuration) : nil
        gradient = ConvolutionGradientConstants(
            convolution, groups: groups, hasInputGradient: key.hasInputGradient && inputWinograd == nil, configuration)
    }

    /// The partial moments per channel and group.
    var momentBands: Int { winograd?.bands ?? forward.bands }
}

extension OpenCLBackend {
    /// The partition of a convolution on this device.
    func tiling(_ convolution: Convolution, groups: Int, hasInputGradient: Bool = false) -> ConvolutionTiling {
        let key = ConvolutionKey(convolution: convolution, groups: groups, hasInputGradient: hasInputGradient)
        if let known = tilings[key] { return known }
        let tiling = ConvolutionTiling(key, configuration)
        tilings[key] = tiling
        return tiling
    }

    /// Launches the convolution of a layer.
    ///
    /// - Parameter moments: receives four numbers per channel, group and band of each model; nil if they are not needed.
    func convolve(
        _ convolution: Convolution, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        counts: SampleCounts, output: DeviceBuffer, moments: DeviceBuffer?
    ) throws(BackendError) {
        guard let weights = parameters.weights else { return }
        let tiling = tiling(convolution, groups: input.groups)
        let models = input.shape.models
        if let winograd = tiling.winograd {
            try convolve(
                winograd, source: input.buffer, models: models, weights: weights, bias: parameters.bias, counts: counts,
                accumulate: false,
                result: output, moments: moments)
            return
        }
        try queue.launch(
            library.kernel("convolve", tiling.forward),
            groups: WorkSize(x: 1, y: tiling.forward.workGroups, z: models * input.groups),
            of: WorkSize(x: configuration.items, y: tiling.forward.slices),
            [
                "input": .buffer(input.buffer), "weights": .slice(weights),
                "bias": .slice(parameters.bias ?? weights), "hasBias": .flag(parameters.bias != nil),
                "counts": .buffer(buffer(of: counts)), "output": .buffer(output),
                "writesMoments": .flag(moments != nil), "moments": .buffer(moments ?? output),
            ],
            work: KernelWork(
                flops: convolution.flops * counts.total,
                floats: counts.total * (convolution.inputCount + convolution.outputCount)
                    + models * convolution.weightCount))
    }

    /// Launches the parameter gradients of a convolution and, unless `inputGradient` is nil, its input gradient.
    func convolveGradients(
        _ convolution: Convolution, _ parameters: FusedLayerParameters<OpenCLParameters>, input: OpenCLActivation,
        outputGradient: DeviceBuffer, counts: SampleCounts, gradients: FusedLayerGradients<OpenCLParameters>,
        inputGradient: OpenCLActivation?, accumulate: Bool
    ) throws(BackendError) {
        guard let weights = parameters.weights, let weightGradient = gradients.weights else { return }
        let models = input.shape.models
        let tiling = tiling(convolution, groups: input.groups, hasInputGradient: inputGradient != nil)
        let parts = PartialSums(
            models: models, groups: input.groups, groupParts: tiling.gradient.rowBlocks,
            stride: tiling.gradient.parameterCount)
        let partials = try pendingSums.reserve(parts, for: [weightGradient] + (gradients.bias.map { [$0] } ?? []))
        var inputGradient = inputGradient
        if let inputWinograd = tiling.inputWinograd, let target = inputGradient {
            try convolve(
                inputWinograd, source: outputGradient, models: models, weights: weights, bias: nil, counts: counts,
                accumulate: accumulate, result: target.buffer, moments: nil)
            inputGradient = nil
        }
        let directions = inputGradient == nil ? 1 : accumulate ? 3 : 2
        try queue.launch(
            library.kernel("convolveGradients", tiling.gradient),
            groups: WorkSize(x: 1, y: tiling.gradient.workGroups, z: models * input.groups),
            of: WorkSize(x: configuration.items),
            [
                "input": .buffer(input.buffer), "outputGradient": .buffer(outputGradient),
                "weights": .slice(weights), "counts": .buffer(buffer(of: counts)),
                "accumulate": .flag(accumulate), "inputGradient": .buffer((inputGradient ?? input).buffer),
                "partials": .buffer(partials.buffer), "partialsOffset": .int(partials.offset),
            ],
            work: KernelWork(
                flops: min(directions, 2) * convolution.flops * counts.total,
                floats: counts.total * (directions * convolution.inputCount + convolution.outputCount)
                    + models * 2 * convolution.weightCount))
        pendingSums.add(partials, at: 0, step: 1, to: weightGradient, counts: counts)
        if let bias = gradients.bias {
            pendingSums.add(
                partials, at: convolution.weightCount, step: tiling.gradient.channelSums, to: bias, counts: counts)
        }
    }
}

extension Convolution {
    /// The numbers of the input and of the output per sample.
    var inputCount: Int { inputChannels * input.area }
    var outputCount: Int { outputChannels * output.area }
}
