import Backend
import Kernels

/// The shapes that the kernels of a convolution are compiled for.
struct ConvolutionKey: Hashable {
    var convolution: Convolution
    /// The number of groups of lanes of each model.
    var groups: Int
    /// Whether the input gradient is computed.
    var hasInputGradient = false
}

/// The partition of a convolution into tiles and partial sums.
struct ConvolutionTiling {
    let key: ConvolutionKey
    /// Whether the gradient kernel computes the input gradient too.
    let hasInputGradient: Bool
    let outputTile: Int
    let inputTile: Int
    let pixelTile: Int
    let outputBand: Int
    let inputPixelTile: Int
    let inputBand: Int
    let gradientTile: Int
    let rowTile: Int
    let columnTile: Int
    let rowBlock: Int
    /// Winograd's algorithm for the forward pass and the input gradient; nil for the direct sum.
    let winograd: WinogradTiling?
    let inputWinograd: WinogradTiling?

    init(_ key: ConvolutionKey, _ configuration: KernelConfiguration) {
        self.key = key
        winograd = WinogradTiling(key, isInputGradient: false, configuration)
        inputWinograd =
            key.hasInputGradient ? WinogradTiling(key, isInputGradient: true, configuration) : nil
        hasInputGradient = key.hasInputGradient && inputWinograd == nil
        let (convolution, tiles) = (key.convolution, configuration.tiles)
        let (kernel, output) = (convolution.kernel, convolution.output)
        outputTile = largestDivisor(of: convolution.outputChannels, atMost: tiles.outputChannels)
        inputTile = largestDivisor(of: convolution.inputChannels, atMost: tiles.inputChannels)
        pixelTile = configuration.sumOrder.pixelTile
        outputBand = configuration.sumOrder.bandTiles
        inputPixelTile = tiles.inputPixels
        inputBand = configuration.sumOrder.bandTiles
        // On a GPU, whole kernels of two channels if they fit into the registers; on a CPU, one kernel row of vectors.
        rowTile = configuration.vector == 1 && 2 * kernel.area <= tiles.gradientSums ? kernel.height : 1
        gradientTile = largestDivisor(
            of: convolution.outputChannels,
            atMost: min(max(tiles.gradientSums / (rowTile * kernel.width), 1), tiles.gradientChannels))
        columnTile = tiles.gradientColumns
        rowBlock = min(max(configuration.sumOrder.gradientTerms / output.width, 1), output.height)
    }

    private var convolution: Convolution { key.convolution }

    /// The work-groups per group of lanes in the forward pass.
    var outputGroups: Int { outputBands * convolution.outputChannels / outputTile }
    /// The partial moments per channel and group.
    var momentBands: Int { winograd?.bands ?? outputBands }
    private var outputBands: Int {
        ceilDivide(convolution.output.height * ceilDivide(convolution.output.width, pixelTile), outputBand)
    }
    /// The work-groups per group of lanes for the input gradient.
    var inputGroups: Int {
        guard hasInputGradient else { return 0 }
        let (input, stride) = (convolution.input, convolution.stride)
        let rowTiles = ceilDivide(ceilDivide(input.width, stride.width), inputPixelTile) * stride.width
        return ceilDivide(input.height * rowTiles, inputBand) * convolution.inputChannels / inputTile
    }
    /// The number of blocks of output rows that have separate partial sums.
    var rowBlocks: Int { ceilDivide(convolution.output.height, rowBlock) }
    /// The work-groups per group of lanes for the parameter gradients.
    var gradientGroups: Int {
        rowBlocks * convolution.outputChannels / gradientTile
            * (convolution.inputChannels * convolution.kernel.height / rowTile + 1)
    }
    /// The sums per work-item and output channel in the parameter gradients.
    var channelSums: Int { rowTile * convolution.kernel.width }
    /// The numbers of one part of the parameter gradients: weights, then biases.
    var parameterCount: Int { convolution.weightCount + convolution.outputChannels * channelSums }

    /// The macros of the forward pass.
    var forwardConstants: [String: Int] {
        convolution.constants(groups: key.groups).merging([
            "OUT_TILE": outputTile, "PIXEL_TILE": pixelTile, "OUT_BAND": outputBand,
        ]) { $1 }
    }

    /// The macros of the gradient kernel.
    var gradientConstants: [String: Int] {
        convolution.constants(groups: key.groups).merging([
            "INPUT_GRADIENT": hasInputGradient ? 1 : 0, "IN_TILE": hasInputGradient ? inputTile : 1,
            "IN_PIXEL_TILE": hasInputGradient ? inputPixelTile : 1, "IN_BAND": hasInputGradient ? inputBand : 1,
            "GRADIENT_TILE": gradientTile, "ROW_TILE": rowTile, "COLUMN_TILE": columnTile,
            "ROW_BLOCK": rowBlock,
        ]) { $1 }
    }
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
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, counts: SampleCounts,
        output: DeviceBuffer, moments: DeviceBuffer?
    ) throws(BackendError) {
        let convolution = layer.convolution
        let tiling = tiling(convolution, groups: input.groups)
        let models = input.shape.models
        if let winograd = tiling.winograd {
            try convolve(
                winograd, source: input, weights: layer.weights, bias: layer.bias, counts: counts, accumulate: false,
                result: output, moments: moments)
            return
        }
        try queue.launch(
            library.kernels(
                ["convolve"], in: .convolution, for: tiling.key,
                constants: constants(slices: 1, tiling.forwardConstants))[0],
            groups: WorkSize(x: 1, y: tiling.outputGroups, z: models * input.groups),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer)] + layer.weights.arguments + (layer.bias ?? layer.weights).arguments
                + [
                    .flag(layer.bias != nil), .buffer(try buffer(of: counts)), .buffer(output),
                    .flag(moments != nil), .buffer(moments ?? output),
                ],
            work: KernelWork(
                flops: convolution.flops * counts.total,
                floats: counts.total * (convolution.inputCount + convolution.outputCount)
                    + models * convolution.weightCount))
    }

    /// Launches the parameter gradients of a convolution and, unless `inputGradient` is nil, its input gradient.
    func convolveGradients(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, outputGradient: OpenCLActivation,
        counts: SampleCounts, gradients: ConvolutionNormGradients<OpenCLParameters>, inputGradient: OpenCLActivation?,
        accumulate: Bool
    ) throws(BackendError) {
        let convolution = layer.convolution
        let models = input.shape.models
        let tiling = tiling(convolution, groups: input.groups, hasInputGradient: inputGradient != nil)
        let parts = PartialSums(
            models: models, groups: input.groups, groupParts: tiling.rowBlocks, stride: tiling.parameterCount)
        let first = try pendingSums.reserve(parts, for: [gradients.weights] + (gradients.bias.map { [$0] } ?? []))
        var inputGradient = inputGradient
        if let inputWinograd = tiling.inputWinograd, let target = inputGradient {
            try convolve(
                inputWinograd, source: outputGradient, weights: layer.weights, bias: nil, counts: counts,
                accumulate: accumulate, result: target.buffer, moments: nil)
            inputGradient = nil
        }
        let directions = inputGradient == nil ? 1 : accumulate ? 3 : 2
        try queue.launch(
            library.kernels(
                ["convolveGradients"], in: .convolutionGradient, for: tiling.key,
                constants: constants(slices: 1, tiling.gradientConstants))[0],
            groups: WorkSize(x: 1, y: tiling.inputGroups + tiling.gradientGroups, z: models * input.groups),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer), .buffer(outputGradient.buffer)] + layer.weights.arguments
                + [
                    .buffer(try buffer(of: counts)), .flag(accumulate),
                    .buffer((inputGradient ?? input).buffer), .buffer(first.buffer), .int(first.offset),
                ],
            work: KernelWork(
                flops: min(directions, 2) * convolution.flops * counts.total,
                floats: counts.total * (directions * convolution.inputCount + convolution.outputCount)
                    + models * 2 * convolution.weightCount))
        pendingSums.add(parts, at: first.offset, step: 1, to: gradients.weights, counts: counts)
        if let bias = gradients.bias {
            pendingSums.add(
                parts, at: first.offset + convolution.weightCount, step: tiling.channelSums, to: bias, counts: counts)
        }
    }
}

extension Convolution {
    /// The numbers of the input and of the output per sample.
    var inputCount: Int { inputChannels * input.area }
    var outputCount: Int { outputChannels * output.area }

    /// The macros of its shapes, with `groups` groups of lanes per model.
    func constants(groups: Int) -> [String: Int] {
        [
            "IN_CHANNELS": inputChannels, "IN_HEIGHT": input.height, "IN_WIDTH": input.width,
            "OUT_CHANNELS": outputChannels, "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width,
            "KERNEL_HEIGHT": kernel.height, "KERNEL_WIDTH": kernel.width, "STRIDE_Y": stride.height,
            "STRIDE_X": stride.width, "PADDING_Y": padding.height, "PADDING_X": padding.width, "GROUPS": groups,
        ]
    }
}
