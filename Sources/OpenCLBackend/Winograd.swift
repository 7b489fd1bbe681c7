import Backend
import Kernels

/// What `Winograd.cl` is compiled for: a 3x3 convolution of stride 1, or its input gradient.
struct WinogradConstants: KernelConstants {
    static let source = KernelSource.winograd
    /// The shapes; for an input gradient, those of the convolution that computes it.
    let convolution: Convolution
    private let isInputGradient: Bool
    let groups: Int
    private let band: Int
    private let channelTile: Int

    /// The maximum private memory of a work-item in bytes; on CPU devices it is on a thread's stack.
    private static let privateBytes = 1 << 16

    /// Nil for the direct sum: for other kernels and strides, for channels that do not fill tiles, and if the transforms do not
    /// fit in private memory.
    init?(_ forward: Convolution, groups: Int, isInputGradient: Bool, _ configuration: KernelConfiguration) {
        let order = configuration.sumOrder
        guard order.transformedChannels > 0, forward.stride == Extent(1), forward.kernel == Extent(3),
            let convolution = isInputGradient ? forward.inputGradient : forward,
            convolution.outputChannels % order.transformedChannels == 0
        else { return nil }
        let (sources, results) = (convolution.inputChannels, convolution.outputChannels)
        let vectors = 16 * sources + 2 * results
        guard 4 * (16 * sources * results + order.vector * vectors) <= Self.privateBytes else { return nil }
        self.convolution = convolution
        self.isInputGradient = isInputGradient
        self.groups = groups
        band = order.bandTiles
        channelTile = order.transformedChannels
    }

    /// The work-groups per group of lanes, and the partial moments per channel.
    var bands: Int {
        ceilDivide(ceilDivide(convolution.output.height, 2) * ceilDivide(convolution.output.width, 2), band)
    }

    var macros: [String: Int] {
        convolution.macros(groups: groups).merging([
            "OUT_BAND": band, "OUT_TILE": channelTile, "INPUT_GRADIENT": isInputGradient ? 1 : 0,
        ]) { $1 }
    }
}

extension OpenCLBackend {
    /// Launches a convolution, or its input gradient.
    ///
    /// - Parameters:
    ///   - models: the number of models of the stack.
    ///   - bias: of each result channel; nil without a bias.
    ///   - accumulate: adds to the contents of `result`.
    ///   - moments: receives four numbers per channel, group and band of each model; nil if they are not needed.
    func convolve(
        _ constants: WinogradConstants, source: DeviceBuffer, models: Int, weights: Slice, bias: Slice?,
        counts: SampleCounts,
        accumulate: Bool, result: DeviceBuffer, moments: DeviceBuffer?
    ) throws(BackendError) {
        let convolution = constants.convolution
        try queue.launch(
            library.kernel("convolveWinograd", constants),
            groups: WorkSize(x: 1, y: constants.bands, z: models * constants.groups),
            of: WorkSize(x: configuration.items),
            [
                "source": .buffer(source), "weights": .slice(weights), "bias": .slice(bias ?? weights),
                "hasBias": .flag(bias != nil), "counts": .buffer(buffer(of: counts)),
                "accumulate": .flag(accumulate), "result": .buffer(result),
                "writesMoments": .flag(moments != nil), "moments": .buffer(moments ?? result),
            ],
            work: KernelWork(
                flops: convolution.flops * counts.total,
                floats: counts.total * (convolution.inputCount + (accumulate ? 2 : 1) * convolution.outputCount)
                    + models * convolution.weightCount))
    }
}
