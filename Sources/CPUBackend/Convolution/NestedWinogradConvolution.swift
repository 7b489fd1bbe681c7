internal import Backend

/// A convolution of stride 1 with a large kernel, by Winograd's minimal filtering F(2x2, 2x2).
///
/// The kernel is divided into blocks of two by two weights. Four pixels and one block need 9 products, the direct sum needs
/// 16. The blocks have a distance of two pixels, and so have the tiles of two by two result pixels. Tiles therefore share
/// their transformed sources: the **cells**, one for every two by two pixels. In one dimension,
///
///     y0 = x0 g0 + x1 g1 = (x0 - x1) g0 + x1 (g0 + g1)
///     y1 = x1 g0 + x2 g1 = x1 (g0 + g1) - (x1 - x2) g1
///
/// and the output transform is applied once, to the sum over all blocks and source channels. A kernel of odd extent is
/// extended by one row and one column of zeros, whose products are skipped. As in ``WinogradConvolution``, a value that is
/// not finite spreads to all pixels of its tile.
final class NestedWinogradConvolution: ConvolutionAlgorithm {
    private let shape: UnitStrideConvolution
    private let zeros: AlignedMemory<Vector>
    /// The number of blocks of the kernel.
    private let blocks: Extent
    private let cells: Extent
    /// For each column of a cell, the cells that it is multiplied with.
    private let columns: [Column]
    /// The number of packed weights of a block of channels.
    private let blockCount: Int

    static let blockChannels = 8
    /// The number of elements of a cell.
    private static let positions = 9

    private struct Column {
        /// The offsets of the cells from the cell of the tile.
        let offsets: Table
        /// The number of cells of which all three rows are multiplied.
        ///
        /// For an odd kernel height, the last row of blocks is one row of weights, and its cells have two.
        let whole: Int
        /// The offset of its weights among those of a block of channels.
        let start: Int
    }

    /// Nil for kernels for which ``WinogradConvolution`` is faster, and if the result channels do not fill whole blocks.
    init?(_ shape: UnitStrideConvolution?) throws(BackendError) {
        guard let shape, min(shape.convolution.kernel.height, shape.convolution.kernel.width) > 3,
            shape.convolution.outputChannels % Self.blockChannels == 0
        else { return nil }
        self.shape = shape
        zeros = try AlignedMemory(count: shape.convolution.input.width)
        let (kernel, result) = (shape.convolution.kernel, shape.convolution.output)
        let blocks = Extent(height: (kernel.height + 1) / 2, width: (kernel.width + 1) / 2)
        let cells = Extent(
            height: (result.height + 1) / 2 + blocks.height - 1, width: (result.width + 1) / 2 + blocks.width - 1)
        (self.blocks, self.cells) = (blocks, cells)
        var columns: [Column] = []
        var start = 0
        for column in 0..<3 {
            let width = column == 2 ? kernel.width / 2 : blocks.width
            var offsets: [Int] = []
            for row in 0..<blocks.height {
                for channel in 0..<shape.convolution.inputChannels {
                    for block in 0..<width {
                        offsets.append((channel * cells.area + row * cells.width + block) * Self.positions)
                    }
                }
            }
            let whole = kernel.height / 2 * shape.convolution.inputChannels * width
            columns.append(Column(offsets: try Table(offsets), whole: whole, start: start))
            start += (2 * offsets.count + whole) * Self.blockChannels
        }
        self.columns = columns
        blockCount = start
    }

    private var convolution: Convolution { shape.convolution }
    var resultChannels: Int { convolution.outputChannels }
    var packedCount: Int { resultChannels / Self.blockChannels * blockCount }
    var scratchCount: Int { Self.sideCount + convolution.inputChannels * cells.area * Self.positions }
    /// The number of vectors of two columns of two pixels for a block of channels.
    private static let sideCount = 4 * blockChannels

    /// Packs the transformed weights as `[block of channels][column][row of blocks][source channel][block][row]
    /// [channel in block]`.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        var target = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: SIMD4<Float>.self)
        for firstChannel in stride(from: 0, to: resultChannels, by: Self.blockChannels) {
            for column in 0..<3 {
                for block in 0..<blocks.height {
                    for source in 0..<convolution.inputChannels {
                        for blockColumn in 0..<(column == 2 ? convolution.kernel.width / 2 : blocks.width) {
                            for row in 0..<(block < convolution.kernel.height / 2 ? 3 : 2) {
                                for quad in 0..<Self.blockChannels / 4 {
                                    target.pointee = transformed(
                                        weights, channel: firstChannel + 4 * quad, source: source,
                                        block: (block, blockColumn), row: row, column: column)
                                    target += 1
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// One element of a transformed block of weights, for four channels: `g0`, `g0 + g1` or `g1` in both dimensions.
    private func transformed(
        _ weights: UnsafePointer<Float>, channel: Int, source: Int, block: (row: Int, column: Int), row: Int,
        column: Int
    ) -> SIMD4<Float> {
        var sum = SIMD4<Float>()
        for innerRow in row / 2...(row + 1) / 2 {
            for innerColumn in column / 2...(column + 1) / 2 {
                sum += shape.weights(
                    weights, result: channel, source: source, row: 2 * block.row + innerRow,
                    column: 2 * block.column + innerColumn)
            }
        }
        return sum
    }

    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        let image = ZeroPaddedImage(pixels: source, extent: convolution.input, zeros: zeros.pointer)
        let (sides, transformed) = (scratch, scratch + Self.sideCount)
        transformCells(
            of: image, top: -convolution.padding.height, left: -convolution.padding.width,
            channels: convolution.inputChannels, cells: cells, to: transformed)
        let extent = convolution.output
        let (left, middle, right) = (columns[0], columns[1], columns[2])
        for row in stride(from: 0, to: extent.height, by: 2) {
            for column in stride(from: 0, to: extent.width, by: 2) {
                let cell = transformed + (row / 2 * cells.width + column / 2) * Self.positions
                for channel in stride(from: 0, to: resultChannels, by: Self.blockChannels) {
                    let weights = packed + channel / Self.blockChannels * blockCount
                    multiplySideColumn(
                        cell, offsets: left.offsets.pointer, cells: left.offsets.count, whole: left.whole,
                        weights: weights, to: sides)
                    multiplySideColumn(
                        cell + 6, offsets: right.offsets.pointer, cells: right.offsets.count, whole: right.whole,
                        weights: weights + right.start, to: sides + Self.sideCount / 2)
                    multiplyMiddleColumn(
                        cell + 3, offsets: middle.offsets.pointer, cells: middle.offsets.count, whole: middle.whole,
                        weights: weights + middle.start, bias: bias + channel, sides: sides,
                        to: OutputTile(
                            row: row, column: column, of: result, extent: extent, channel: channel,
                            accumulate: accumulate))
                }
            }
        }
    }
}

/// Transforms the three by three pixels of every cell, as `[channel][cell][column][row]`.
@inline(never)
private func transformCells(
    of image: ZeroPaddedImage, top: Int, left: Int, channels: Int, cells: Extent,
    to transformed: UnsafeMutablePointer<Vector>
) {
    var target = transformed
    for channel in 0..<channels {
        for row in 0..<cells.height {
            let x0 = image.row(top + 2 * row, channel: channel)
            let x1 = image.row(top + 2 * row + 1, channel: channel)
            let x2 = image.row(top + 2 * row + 2, channel: channel)
            /// The transform of a column of the image.
            @inline(__always)
            func column(_ column: Int) -> Triple<Vector> {
                guard image.hasColumn(column) else { return Triple(repeating: 0) }
                return Triple(
                    first: x0[column] - x1[column], second: x1[column], third: x1[column] - x2[column])
            }
            var first = column(left)
            for cell in 0..<cells.width {
                let (second, third) = (column(left + 2 * cell + 1), column(left + 2 * cell + 2))
                target[0] = first.first - second.first
                target[1] = first.second - second.second
                target[2] = first.third - second.third
                target[3] = second.first
                target[4] = second.second
                target[5] = second.third
                target[6] = second.first - third.first
                target[7] = second.second - third.second
                target[8] = second.third - third.third
                target += 9
                first = third
            }
        }
    }
}

/// Eight channels that are processed together.
private struct Octet {
    var low = Quad()
    var high = Quad()

    @inline(__always)
    mutating func add(_ weights: UnsafePointer<Float>, _ values: Vector) {
        low.add(weights, values)
        high.add(weights + 4, values)
    }

    @inline(__always)
    static func + (left: Octet, right: Octet) -> Octet {
        Octet(low: left.low + right.low, high: left.high + right.high)
    }

    @inline(__always)
    static func - (left: Octet, right: Octet) -> Octet {
        Octet(low: left.low - right.low, high: left.high - right.high)
    }
}

/// Sums the products of one column of cells, and applies the output transform of the rows.
///
/// - Parameters:
///   - cells: the number of cells; the first `whole` of them have three rows, the others have two.
///   - start: the initial value of the middle row's sum, which both pixels contain.
@inline(__always)
private func multiplyColumn(
    _ cell: UnsafePointer<Vector>, offsets: UnsafePointer<Int>, cells: Int, whole: Int, weights: UnsafePointer<Float>,
    start: Octet
) -> (top: Octet, bottom: Octet) {
    var weight = weights
    var (r0, r1, r2) = (Octet(), start, Octet())
    for index in 0..<whole {
        let values = cell + offsets[index]
        r0.add(weight, values[0])
        r1.add(weight + 8, values[1])
        r2.add(weight + 16, values[2])
        weight += 24
    }
    for index in whole..<cells {
        let values = cell + offsets[index]
        r0.add(weight, values[0])
        r1.add(weight + 8, values[1])
        weight += 16
    }
    return (r0 + r1, r1 - r2)
}

/// Computes the first or the last column, as `[row][channel in block]`.
@inline(never)
private func multiplySideColumn(
    _ cell: UnsafePointer<Vector>, offsets: UnsafePointer<Int>, cells: Int, whole: Int, weights: UnsafePointer<Float>,
    to side: UnsafeMutablePointer<Vector>
) {
    let column = multiplyColumn(
        cell, offsets: offsets, cells: cells, whole: whole, weights: weights, start: Octet())
    column.top.low.store(side, channelStride: 1, accumulate: false)
    column.top.high.store(side + 4, channelStride: 1, accumulate: false)
    column.bottom.low.store(side + 8, channelStride: 1, accumulate: false)
    column.bottom.high.store(side + 12, channelStride: 1, accumulate: false)
}

/// Computes the middle column, which both columns of pixels contain, and combines the columns to the tile.
@inline(never)
private func multiplyMiddleColumn(
    _ cell: UnsafePointer<Vector>, offsets: UnsafePointer<Int>, cells: Int, whole: Int, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, sides: UnsafePointer<Vector>, to tile: OutputTile
) {
    tile.prefetch(channels: 8)
    let start = Octet(low: Quad(repeating: bias), high: Quad(repeating: bias + 4))
    let middle = multiplyColumn(
        cell, offsets: offsets, cells: cells, whole: whole, weights: weights, start: start)
    let (left, right) = (sides, sides + 16)
    tile.store(
        column: 0, channel: 0, Quad(left) + middle.top.low, Quad(left + 8) + middle.bottom.low)
    tile.store(
        column: 0, channel: 4, Quad(left + 4) + middle.top.high, Quad(left + 12) + middle.bottom.high)
    guard tile.hasSecondColumn else { return }
    tile.store(
        column: 1, channel: 0, middle.top.low - Quad(right), middle.bottom.low - Quad(right + 8))
    tile.store(
        column: 1, channel: 4, middle.top.high - Quad(right + 4), middle.bottom.high - Quad(right + 12))
}
