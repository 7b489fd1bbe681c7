import Backend
import Kernels

/// What `Convolution.cl` is compiled for: a convolution and the tiles of its direct sum.
struct ConvolutionConstants: KernelConstants {
    static let source = KernelSource.convolution
    var convolution: Convolution
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The output channels, columns and tiles of a work-item.
    var outputTile: Int
    var pixelTile: Int
    var band: Int
    /// The work-items per lane, which divide the input channels among them.
    var slices: Int
    /// The input channels whose weights are in local memory at the same time; on CPU devices all, which are read where they are.
    var stagedChannels: Int

    /// The largest local memory of a work-group in fp32 numbers: for weights, and for sums that slices exchange.
    static let stagedWeights = 2048
    static let exchangedSums = 6144

    init(_ convolution: Convolution, groups: Int, _ configuration: KernelConfiguration) {
        self.convolution = convolution
        self.groups = groups
        let order = configuration.sumOrder
        pixelTile = order.pixelTile
        band = order.bandTiles
        let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
        // An image of few pixels has too few tiles for a GPU. The sums depend on the slices, so the layer alone decides.
        let needed = min(order.planeSlices, order.sliceArea / convolution.output.area)
        let slices = largestDivisor(of: greatestCommonDivisor(inputs, outputs), atMost: needed)
        self.slices = slices
        guard order.vector == 1 else {
            outputTile = largestDivisor(of: outputs, atMost: configuration.tiles.outputChannels)
            stagedChannels = inputs
            return
        }
        let largestTile = min(
            configuration.tiles.outputChannels, Self.exchangedSums / (slices * pixelTile * configuration.lanes),
            Self.stagedWeights / (slices * convolution.kernel.area))
        outputTile = slices * largestDivisor(of: outputs / slices, atMost: largestTile / slices)
        let mostChannels = Self.stagedWeights / (outputTile * convolution.kernel.area)
        stagedChannels = slices * largestDivisor(of: inputs / slices, atMost: mostChannels / slices)
    }

    /// The bands per group of lanes, and the partial moments per channel.
    var bands: Int {
        ceilDivide(convolution.output.height * ceilDivide(convolution.output.width, pixelTile), band)
    }
    /// The work-groups per group of lanes.
    var workGroups: Int { bands * convolution.outputChannels / outputTile }

    var macros: [String: Int] {
        convolution.macros(groups: groups).merging([
            "OUT_TILE": outputTile, "PIXEL_TILE": pixelTile, "OUT_BAND": band, "CHANNEL_SLICES": slices,
            "STAGED_CHANNELS": stagedChannels,
        ]) { $1 }
    }
}

/// What `ConvolutionGradient.cl` is compiled for: a convolution and the tiles and partial sums of its gradients.
struct ConvolutionGradientConstants: KernelConstants {
    static let source = KernelSource.convolutionGradient
    var convolution: Convolution
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The tiles of the input gradient; nil if it is not computed.
    var inputTiles: InputTiles?
    /// The output channels of a work-item of the parameter gradients.
    var gradientTile: Int
    /// The kernel rows of a work-item, and the output columns that it processes at once.
    var rowTile: Int
    var columnTile: Int
    /// The output rows of a partial sum.
    var rowBlock: Int

    /// The input channels, columns and tiles of a work-item of the input gradient.
    struct InputTiles: Hashable {
        var channels: Int
        var pixels: Int
        var band: Int
        /// The output channels whose weights are in local memory at the same time; on CPU devices all, which are read where they
        /// are.
        var stagedOutputs: Int
    }

    init(_ convolution: Convolution, groups: Int, hasInputGradient: Bool, _ configuration: KernelConfiguration) {
        self.convolution = convolution
        self.groups = groups
        let (tiles, order) = (configuration.tiles, configuration.sumOrder)
        let (kernel, output) = (convolution.kernel, convolution.output)
        if hasInputGradient {
            let most = ConvolutionConstants.stagedWeights / kernel.area
            let channels = largestDivisor(
                of: convolution.inputChannels,
                atMost: order.vector == 1 ? min(tiles.inputChannels, most) : tiles.inputChannels)
            inputTiles = InputTiles(
                channels: channels, pixels: tiles.inputPixels, band: order.bandTiles,
                stagedOutputs: order.vector == 1
                    ? largestDivisor(of: convolution.outputChannels, atMost: most / channels)
                    : convolution.outputChannels)
        }
        // On a GPU, whole kernels of two channels if they fit into the registers; on a CPU, one kernel row of vectors.
        rowTile = order.vector == 1 && 2 * kernel.area <= tiles.gradientSums ? kernel.height : 1
        gradientTile = largestDivisor(
            of: convolution.outputChannels,
            atMost: min(max(tiles.gradientSums / (rowTile * kernel.width), 1), tiles.gradientChannels))
        columnTile = tiles.gradientColumns
        rowBlock = min(max(order.gradientTerms / output.width, 1), output.height)
    }

    /// The work-groups per group of lanes.
    var workGroups: Int { inputWorkGroups + parameterWorkGroups }

    private var inputWorkGroups: Int {
        guard let inputTiles else { return 0 }
        let (input, stride) = (convolution.input, convolution.stride)
        let rowTiles = ceilDivide(ceilDivide(input.width, stride.width), inputTiles.pixels) * stride.width
        return ceilDivide(input.height * rowTiles, inputTiles.band) * convolution.inputChannels / inputTiles.channels
    }

    private var parameterWorkGroups: Int {
        rowBlocks * convolution.outputChannels / gradientTile
            * (convolution.inputChannels * convolution.kernel.height / rowTile + 1)
    }

    /// The number of blocks of output rows that have separate partial sums.
    var rowBlocks: Int { ceilDivide(convolution.output.height, rowBlock) }
    /// The sums per work-item and output channel in the parameter gradients.
    var channelSums: Int { rowTile * convolution.kernel.width }
    /// The numbers of one part of the parameter gradients: weights, then biases.
    var parameterCount: Int { convolution.weightCount + convolution.outputChannels * channelSums }

    var macros: [String: Int] {
        convolution.macros(groups: groups).merging([
            "INPUT_GRADIENT": inputTiles == nil ? 0 : 1, "IN_TILE": inputTiles?.channels ?? 1,
            "IN_PIXEL_TILE": inputTiles?.pixels ?? 1, "IN_BAND": inputTiles?.band ?? 1,
            "STAGED_OUTPUTS": inputTiles?.stagedOutputs ?? 1,
            "GRADIENT_TILE": gradientTile, "ROW_TILE": rowTile, "COLUMN_TILE": columnTile, "ROW_BLOCK": rowBlock,
        ]) { $1 }
    }
}

extension Convolution {
    /// The macros of its shapes, with `groups` groups of lanes per model.
    func macros(groups: Int) -> [String: Int] {
        [
            "IN_CHANNELS": inputChannels, "IN_HEIGHT": input.height, "IN_WIDTH": input.width,
            "OUT_CHANNELS": outputChannels, "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width,
            "KERNEL_HEIGHT": kernel.height, "KERNEL_WIDTH": kernel.width, "STRIDE_Y": stride.height,
            "STRIDE_X": stride.width, "PADDING_Y": padding.height, "PADDING_X": padding.width, "GROUPS": groups,
        ]
    }
}
