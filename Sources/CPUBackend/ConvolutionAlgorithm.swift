internal import Backend

/// A way to compute a convolution, or the gradient in its input, one lane group at a time.
///
/// Which one computes a convolution follows from its shape and the processor alone, so results do not depend on anything
/// else.
protocol ConvolutionAlgorithm: AnyObject {
    /// Channels of the result that are computed together.
    static var blockChannels: Int { get }
    /// Channels of the result.
    var resultChannels: Int { get }
    /// Floats of a model's weights as ``convolve(_:packed:bias:accumulate:scratch:result:)`` reads them.
    var packedCount: Int { get }
    /// Vectors of a worker's own.
    var scratchCount: Int { get }

    /// Lays the weights of a model out: for a convolution, blocks of channels of the result one after another, and in a
    /// block any number of times one number for each of its channels.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>)

    /// Computes one lane group.
    /// - Parameters:
    ///   - source: as it is stored, without padding.
    ///   - bias: a number for each channel of all blocks.
    ///   - accumulate: adds to what is in `result`.
    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>)
}

extension ConvolutionAlgorithm {
    /// Blocks of channels the result falls into, the last of them possibly not full.
    var channelBlocks: Int { (resultChannels + Self.blockChannels - 1) / Self.blockChannels }
}

/// The algorithms of one convolution, chosen when it is first met.
struct ConvolutionAlgorithms {
    /// The pixels and weights that meet, for sums that are not an algorithm's.
    let plan: ConvolutionPlan
    let forward: any ConvolutionAlgorithm
    let inputGradient: any ConvolutionAlgorithm

    init(_ convolution: Convolution) throws(BackendError) {
        plan = try ConvolutionPlan(forward: convolution)
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

    /// An algorithm with fewer products than the direct sum has.
    ///
    /// Their micro-kernels need 32 vector registers; with 16, the direct sum is faster.
    private static func fast(_ shape: UnitStrideConvolution?) throws(BackendError) -> (any ConvolutionAlgorithm)? {
        guard ConvolutionTile.channels == 8 else { return nil }
        if let algorithm = try WinogradConvolution(shape) { return algorithm }
        return try NestedWinogradConvolution(shape)
    }
}
