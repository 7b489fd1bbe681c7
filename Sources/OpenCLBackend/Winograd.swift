import Backend
import Kernels

/// A 3x3 convolution of stride 1, or the gradient in its input, as `Winograd.cl` computes it.
struct WinogradTiling: Hashable {
    /// What is read and what comes out; of a gradient, the convolution that it is.
    let convolution: Convolution
    private let isInputGradient: Bool
    private let groups: Int
    private let band: Int
    private let channelTile: Int

    /// Bytes of private memory of a work-item, at most; CPU devices take them from a thread's stack.
    private static let privateBytes = 1 << 16

    /// Nil where the direct sum is to be used: for other kernels and strides, for channels that do not
    /// fill tiles, and on devices without room for the transforms.
    init?(_ key: ConvolutionKey, isInputGradient: Bool, _ configuration: KernelConfiguration) {
        guard configuration.transformedChannels > 0, key.convolution.stride == Extent(1),
            key.convolution.kernel == Extent(3),
            let convolution = isInputGradient ? key.convolution.inputGradient : key.convolution,
            convolution.outputChannels % configuration.transformedChannels == 0
        else { return nil }
        let (sources, results) = (convolution.inputChannels, convolution.outputChannels)
        let vectors = 16 * sources + 2 * results
        guard 4 * (16 * sources * results + configuration.vector * vectors) <= Self.privateBytes else { return nil }
        self.convolution = convolution
        self.isInputGradient = isInputGradient
        groups = key.groups
        band = configuration.bandTiles
        channelTile = configuration.transformedChannels
    }

    /// Work-groups of a group of lanes, and partial moments of a channel.
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
    /// Launches a convolution, or the gradient in its input.
    /// - Parameters:
    ///   - bias: of each channel of the result; nil for none.
    ///   - accumulate: adds to what is in `result`.
    ///   - moments: gets four numbers for each channel, group and band of each model; nil where nobody asks.
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
