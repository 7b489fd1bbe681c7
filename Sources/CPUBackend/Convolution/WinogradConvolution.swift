internal import Backend

/// A 3x3 convolution of stride 1 by Winograd's minimal filtering F(2x2, 3x3): 16 products for four pixels instead of the 36
/// of the direct sum.
///
/// Tiles of four by four source pixels `d` give two by two pixels of a result channel,
/// `A^T [sum over source channels of (G g G^T) * (B^T d B)] A`, with the weights `g`, the elementwise product `*`, and
///
///     B^T = 1  0 -1  0    G =  1   0   0    A^T = 1  1  1  0
///           0  1  1  0        1/2 1/2 1/2         0  1 -1 -1
///           0 -1  1  0        1/2-1/2 1/2
///           0  1  0 -1         0   0   1
///
/// (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.1). With these
/// transforms the error is about as large as that of the direct sum, but it is common to the tile: a value that is not finite
/// or that overflows changes all pixels of its tiles, not only those whose window contains it.
final class WinogradConvolution: ConvolutionAlgorithm {
    private let shape: UnitStrideConvolution
    private let zeros: AlignedMemory<Vector>

    static let blockChannels = 4
    /// The number of elements of a transformed tile, and of the transformed weights of a source and a result channel.
    private static let positions = 16

    /// Nil for kernels of another extent, and if the result channels do not fill whole blocks.
    init?(_ shape: UnitStrideConvolution?) throws(BackendError) {
        guard let shape, shape.convolution.kernel == Extent(3),
            shape.convolution.outputChannels % Self.blockChannels == 0
        else { return nil }
        self.shape = shape
        zeros = try AlignedMemory(count: shape.convolution.input.width)
    }

    private var convolution: Convolution { shape.convolution }
    var resultChannels: Int { convolution.outputChannels }
    var packedCount: Int { Self.positions * convolution.inputChannels * convolution.outputChannels }
    var scratchCount: Int { Self.positions * convolution.inputChannels }

    /// Packs the transformed weights as `[block][column][source channel][row][channel in block]`.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let sources = convolution.inputChannels
        packed.withMemoryRebound(to: SIMD4<Float>.self, capacity: packedCount / 4) { packed in
            for block in 0..<resultChannels / Self.blockChannels {
                for source in 0..<sources {
                    shape.transformWinogradWeights(weights, result: block * Self.blockChannels, source: source) {
                        packed[((block * 4 + $1) * sources + source) * 4 + $0] = $2
                    }
                }
            }
        }
    }

    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        let image = ZeroPaddedImage(pixels: source, extent: convolution.input, zeros: zeros.pointer)
        let (channels, extent) = (convolution.inputChannels, convolution.output)
        for row in stride(from: 0, to: extent.height, by: 2) {
            for column in stride(from: 0, to: extent.width, by: 2) {
                transformWinogradTile(
                    of: image, top: row - convolution.padding.height, left: column - convolution.padding.width,
                    channels: channels, to: scratch)
                for channel in stride(from: 0, to: resultChannels, by: Self.blockChannels) {
                    multiplyWinogradTile(
                        scratch, channels: channels, weights: packed + channel * channels * Self.positions,
                        bias: bias + channel,
                        to: OutputTile(
                            row: row, column: column, of: result, extent: extent, channel: channel,
                            accumulate: accumulate))
                }
            }
        }
    }
}

/// Transforms a tile of all channels, as `[column][channel][row]`.
///
/// - Precondition: `transformed` has a capacity of 16 vectors per channel.
@inline(never)
private func transformWinogradTile(
    of image: ZeroPaddedImage, top: Int, left: Int, channels: Int, to transformed: UnsafeMutablePointer<Vector>
) {
    for channel in 0..<channels {
        transformWinogradTile(
            of: image, top: top, left: left, channel: channel, to: transformed + channel * 4, rowStride: 1,
            columnStride: 4 * channels)
    }
}

/// Computes a tile of the result in a block of channels.
@inline(never)
private func multiplyWinogradTile(
    _ transformed: UnsafePointer<Vector>, channels: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    to tile: OutputTile
) {
    /// The products of one column, multiplied by `A^T`.
    @inline(__always)
    func column(_ column: Int) -> (top: Quad, bottom: Quad) {
        var values = transformed + column * 4 * channels
        var weight = weights + column * 16 * channels
        var (r0, r1, r2, r3) = (Quad(), Quad(), Quad(), Quad())
        for _ in 0..<channels {
            r0.add(weight, values[0])
            r1.add(weight + 4, values[1])
            r2.add(weight + 8, values[2])
            r3.add(weight + 12, values[3])
            values += 4
            weight += 16
        }
        return (r0 + r1 + r2, r1 - r2 - r3)
    }
    tile.prefetch(channels: 4)
    let bias = Quad(repeating: bias)
    let (c0, c1, c2) = (column(0), column(1), column(2))
    tile.store(column: 0, channel: 0, c0.top + c1.top + c2.top + bias, c0.bottom + c1.bottom + c2.bottom + bias)
    guard tile.hasSecondColumn else { return }
    let c3 = column(3)
    tile.store(column: 1, channel: 0, c1.top - c2.top - c3.top + bias, c1.bottom - c2.bottom - c3.bottom + bias)
}
