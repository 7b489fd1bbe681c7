internal import Backend

/// Winograd's F(2x2, 3x3), as ``WinogradConvolution``, by sixteen products of matrices.
///
/// The tiles of a part of the image are transformed to memory that stays in the second-level cache. For each of the sixteen positions
/// of a tile, the micro-kernel of the direct sum then multiplies the weights `[result channel][source channel]` with the
/// transformed source `[source channel][tile]`, and at the end the products are transformed to pixels (Lavin & Gray, section 4.3).
/// The sums need no more registers than the direct sum's, so this is for processors with 16 of them.
final class WinogradMatrixConvolution: ConvolutionAlgorithm {
    private let shape: UnitStrideConvolution
    private let zeros: AlignedMemory<Vector>
    /// The distance of each source channel from the first one in a position.
    private let offsets: Table
    /// The tiles of a part; a multiple of the micro-kernel's pixels.
    private let tiles: Int

    static var blockChannels: Int { ConvolutionTile.channels }
    /// The elements of a transformed tile.
    private static let positions = 16
    /// The vectors of a part that stay in the second-level cache.
    private static let cachedVectors = 12_288
    /// The distance of two positions has this many vectors more than it needs: the sixteen elements of a tile would lie in the
    /// same set of the first-level cache.
    private static let skew = 5

    /// Nil for kernels of another extent, and if the result channels do not fill whole blocks.
    init?(_ shape: UnitStrideConvolution?) throws(BackendError) {
        guard let shape, shape.convolution.kernel == Extent(3),
            shape.convolution.outputChannels % Self.blockChannels == 0
        else { return nil }
        self.shape = shape
        let (convolution, pixels) = (shape.convolution, ConvolutionTile.pixels)
        let columns = (convolution.output.width + 1) / 2
        let all = (convolution.output.height + 1) / 2 * columns
        let cached =
            Self.cachedVectors / (Self.positions * (convolution.inputChannels + convolution.outputChannels))
        let triples = min(max(cached / pixels, 1), (all + pixels - 1) / pixels)
        let tiles = triples * pixels
        self.tiles = tiles
        zeros = try AlignedMemory(count: convolution.input.width)
        offsets = try Table((0..<convolution.inputChannels).map { $0 * tiles })
    }

    private var convolution: Convolution { shape.convolution }
    var resultChannels: Int { convolution.outputChannels }
    var packedCount: Int { Self.positions * convolution.inputChannels * convolution.outputChannels }
    var scratchCount: Int { Self.positions * (sourceStride + productStride) }

    /// From one position to the next, in the transformed source and in the products.
    private var sourceStride: Int { convolution.inputChannels * tiles + Self.skew }
    private var productStride: Int { convolution.outputChannels * tiles + Self.skew }

    /// Packs the transformed weights as `[block][position][source channel][channel in block]`.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let (sources, width) = (convolution.inputChannels, Self.blockChannels)
        for channel in stride(from: 0, to: resultChannels, by: 4) {
            let block = packed + channel / width * Self.positions * sources * width + channel % width
            for source in 0..<sources {
                shape.transformWinogradWeights(weights, result: channel, source: source) { row, column, element in
                    let target = block + ((4 * column + row) * sources + source) * width
                    for index in 0..<4 { target[index] = element[index] }
                }
            }
        }
    }

    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        let image = ZeroPaddedImage(pixels: source, extent: convolution.input, zeros: zeros.pointer)
        let extent = convolution.output
        let columns = (extent.width + 1) / 2
        let count = (extent.height + 1) / 2 * columns
        let products = scratch + Self.positions * sourceStride
        for first in stride(from: 0, to: count, by: tiles) {
            let part = TilePart(tiles: first..<min(first + tiles, count), columns: columns)
            transform(image, part, to: scratch)
            multiply(scratch, tiles: part.tiles.count, packed: packed, to: products)
            transform(products, part, bias: bias, accumulate: accumulate, to: result)
        }
    }

    /// Some tiles of an image, in row-major order.
    private struct TilePart {
        let tiles: Range<Int>
        /// The number of tiles in a row.
        let columns: Int
    }

    /// Transforms the source to `[position][channel][tile]`.
    @inline(never)
    private func transform(
        _ image: ZeroPaddedImage, _ part: TilePart, to transformed: UnsafeMutablePointer<Vector>
    ) {
        let (padding, stride) = (convolution.padding, sourceStride)
        for channel in 0..<convolution.inputChannels {
            var (row, column) = part.tiles.lowerBound.quotientAndRemainder(dividingBy: part.columns)
            for index in 0..<part.tiles.count {
                transformWinogradTile(
                    of: image, top: 2 * row - padding.height, left: 2 * column - padding.width, channel: channel,
                    to: transformed + channel * tiles + index, rowStride: stride, columnStride: 4 * stride)
                column += 1
                if column == part.columns { (row, column) = (row + 1, 0) }
            }
        }
    }

    /// Multiplies the matrices of all positions, to `[position][channel][tile]`.
    private func multiply(
        _ transformed: UnsafePointer<Vector>, tiles count: Int, packed: UnsafePointer<Float>,
        to products: UnsafeMutablePointer<Vector>
    ) {
        let (sources, width, pixels) = (convolution.inputChannels, Self.blockChannels, ConvolutionTile.pixels)
        let noBias = UnsafeRawPointer(zeros.pointer).assumingMemoryBound(to: Float.self)
        for position in 0..<Self.positions {
            let source = transformed + position * sourceStride
            let target = products + position * productStride
            for block in 0..<channelBlocks {
                let weights = packed + (block * Self.positions + position) * sources * width
                let target = target + block * width * tiles
                for tile in stride(from: 0, to: count, by: pixels) {
                    // Tiles beyond the last one hold any numbers, which nothing reads.
                    convolveTile(
                        source: Triple(first: source + tile, second: source + tile + 1, third: source + tile + 2),
                        offsets: offsets.pointer, taps: sources, weights: weights, bias: noBias,
                        result: Triple(first: target + tile, second: target + tile + 1, third: target + tile + 2),
                        resultStride: tiles, accumulate: false)
                }
            }
        }
    }

    /// Transforms the products to pixels.
    @inline(never)
    private func transform(
        _ products: UnsafePointer<Vector>, _ part: TilePart, bias: UnsafePointer<Float>, accumulate: Bool,
        to result: UnsafeMutablePointer<Vector>
    ) {
        let (extent, stride) = (convolution.output, productStride)
        for channel in 0..<resultChannels {
            let bias = Vector(repeating: bias[channel])
            let target = result + channel * extent.area
            var (row, column) = part.tiles.lowerBound.quotientAndRemainder(dividingBy: part.columns)
            for index in 0..<part.tiles.count {
                let tile = products + channel * tiles + index
                /// The products of one column, multiplied by `A^T`.
                @inline(__always)
                func rows(_ column: Int) -> (top: Vector, bottom: Vector) {
                    let first = tile + 4 * column * stride
                    let (m1, m2) = (first[stride], first[2 * stride])
                    return (first[0] + m1 + m2, m1 - m2 - first[3 * stride])
                }
                let (c0, c1, c2, c3) = (rows(0), rows(1), rows(2), rows(3))
                let pixel = target + 2 * row * extent.width + 2 * column
                let (hasRow, hasColumn) = (2 * row + 1 < extent.height, 2 * column + 1 < extent.width)
                @inline(__always)
                func store(_ value: Vector, _ offset: Int) {
                    pixel[offset] = accumulate ? pixel[offset] + value : value
                }
                store(c0.top + c1.top + c2.top + bias, 0)
                if hasColumn { store(c1.top - c2.top - c3.top + bias, 1) }
                if hasRow {
                    store(c0.bottom + c1.bottom + c2.bottom + bias, extent.width)
                    if hasColumn { store(c1.bottom - c2.bottom - c3.bottom + bias, extent.width + 1) }
                }
                column += 1
                if column == part.columns { (row, column) = (row + 1, 0) }
            }
        }
    }
}
