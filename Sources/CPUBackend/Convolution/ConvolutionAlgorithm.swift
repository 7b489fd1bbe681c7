internal import Backend

/// An algorithm that computes a convolution, or its input gradient, one lane group at a time.
///
/// The choice of the algorithm depends only on the shape of the convolution and on the processor.
protocol ConvolutionAlgorithm: AnyObject {
    /// The number of result channels that are computed together.
    static var blockChannels: Int { get }
    /// The number of result channels.
    var resultChannels: Int { get }
    /// The number of floats of a model's packed weights.
    var packedCount: Int { get }
    /// The number of scratch vectors of a worker.
    var scratchCount: Int { get }

    /// Packs the weights of a model for ``convolve(_:packed:bias:accumulate:scratch:result:)``.
    ///
    /// The layout is `[block of result channels][any][channel in block]`.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>)

    /// Computes one lane group.
    ///
    /// - Parameters:
    ///   - source: as it is stored, without padding.
    ///   - bias: one number per channel of all blocks.
    ///   - accumulate: adds to the contents of `result`.
    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>)
}

extension ConvolutionAlgorithm {
    /// The number of blocks of result channels; the last block may be partial.
    var channelBlocks: Int { (resultChannels + Self.blockChannels - 1) / Self.blockChannels }
}

/// The algorithms of one convolution, chosen at its first use.
struct ConvolutionAlgorithms {
    /// The pixels and weights of each product, for the weight gradient; nil without weights.
    let plan: ConvolutionPlan?
    let forward: any ConvolutionAlgorithm
    let inputGradient: any ConvolutionAlgorithm

    init(_ convolution: Convolution) throws(BackendError) {
        let plan = try ConvolutionPlan(forward: convolution)
        self.plan = plan
        if let fast = try Self.fast(UnitStrideConvolution(forward: convolution)) {
            forward = fast
        } else {
            forward = DirectConvolution(plan)
        }
        if let fast = try Self.fast(UnitStrideConvolution(inputGradientOf: convolution)) {
            inputGradient = fast
        } else {
            inputGradient = DirectConvolution(try ConvolutionPlan(inputGradientOf: convolution))
        }
    }

    /// For a layer without convolution, whose lane groups have `count` vectors.
    init(copying count: Int) {
        plan = nil
        forward = IdentityConvolution(count: count)
        inputGradient = forward
    }

    /// An algorithm with fewer products than the direct sum, or nil.
    ///
    /// The sums of a tile of Winograd's algorithms need 32 vector registers. With 16, its products are those of matrices, which are
    /// faster than the direct sum if they are not too small.
    private static func fast(_ shape: UnitStrideConvolution?) throws(BackendError) -> (any ConvolutionAlgorithm)? {
        guard ConvolutionTile.channels == 8 else {
            let isLarge = (shape?.convolution.inputChannels ?? 0) >= leastMatrixChannels
            return isLarge ? try WinogradMatrixConvolution(shape) : nil
        }
        if let algorithm = try WinogradConvolution(shape) { return algorithm }
        return try NestedWinogradConvolution(shape)
    }

    /// The source channels from which on matrices are faster than the direct sum: with 8 they are slower, with 16 faster.
    private static let leastMatrixChannels = 16
}
