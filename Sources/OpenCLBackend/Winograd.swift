import Backend
import Kernels

/// A 3x3 convolution of stride 1, or its input gradient, as `Winograd.cl` computes it.
struct WinogradTiling: Hashable {
    /// The shapes; for an input gradient, those of the convolution that computes it.
    let convolution: Convolution
    private let isInputGradient: Bool
    private let groups: Int
    private let band: Int
    private let channelTile: Int

    /// The maximum private memory of a work-item in bytes; on CPU devices it is on a thread's stack.
    private static let privateBytes = 1 << 16

    /// Nil for the direct sum: for other kernels and strides, for channels that do not fill tiles, and if the transforms do not
    /// fit in private memory.
    init?(_ key: ConvolutionKey, isInputGradient: Bool, _ configuration: KernelConfiguration) {
        guard configuration.sumOrder.transformedChannels > 0, key.convolution.stride == Extent(1),
            key.convolution.kernel == Extent(3),
            let convolution = isInputGradient ? key.convolution.inputGradient : key.convolution,
            convolution.outputChannels % configuration.sumOrder.transformedChannels == 0
        else { return nil }
        let (sources, results) = (convolution.inputChannels, convolution.outputChannels)
        let vectors = 16 * sources + 2 * results
        guard 4 * (16 * sources * results + configuration.vector * vectors) <= Self.privateBytes else { return nil }
        self.convolution = convolution
        self.isInputGradient = isInputGradient
        groups = key.groups
        band = configuration.sumOrder.bandTiles
        channelTile = configuration.sumOrder.transformedChannels
    }

    /// The work-groups per group of lanes, and the partial moments per channel.
    var bands: Int {
        ceilDivide(ceilDivide(convolution.output.height, 2) * ceilDivide(convolution.output.width, 2), band)
    }

    /// The macros.
    var constants: [String: Int] {
        convolution.constants(groups: groups).merging([
            "OUT_BAND": band, "OUT_TILE": channelTile, "INPUT_GRADIENT": isInputGradient ? 1 : 0,
        ]) { $1 }
    }
}

extension OpenCLBackend {
    /// Launches a convolution, or its input gradient.
    ///
    /// - Parameters:
    ///   - bias: of each result channel; nil without a bias.
    ///   - accumulate: adds to the contents of `result`.
    ///   - moments: receives four numbers per channel, group and band of each model; nil if they are not needed.
    func convolve(
        _ tiling: WinogradTiling, source: OpenCLActivation, weights: Slice, bias: Slice?, counts: SampleCounts,
        accumulate: Bool, result: DeviceBuffer, moments: DeviceBuffer?
    ) throws(BackendError) {
        let convolution = tiling.convolution
        let models = source.shape.models
        try queue.launch(
            library.kernels(
                ["convolveWinograd"], in: .winograd, for: tiling,
                constants: constants(slices: 1, tiling.constants))[0],
            groups: WorkSize(x: 1, y: tiling.bands, z: models * source.groups),
            of: WorkSize(x: configuration.items),
            [.buffer(source.buffer)] + weights.arguments + (bias ?? weights).arguments
                + [
                    .flag(bias != nil), .buffer(try buffer(of: counts)), .flag(accumulate), .buffer(result),
                    .flag(moments != nil), .buffer(moments ?? result),
                ],
            work: KernelWork(
                flops: convolution.flops * counts.total,
                floats: counts.total * (convolution.inputCount + (accumulate ? 2 : 1) * convolution.outputCount)
                    + models * convolution.weightCount))
    }
}
