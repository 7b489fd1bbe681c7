internal import Backend

/// A row or a column of `G g`, for four channels.
struct WeightLine {
    let line: InlineArray<4, SIMD4<Float>>

    init(_ first: SIMD4<Float>, _ second: SIMD4<Float>, _ third: SIMD4<Float>) {
        let outer = first + third
        line = [first, 0.5 * (outer + second), 0.5 * (outer - second), third]
    }
}

extension UnitStrideConvolution {
    /// `G g G^T` for four successive result channels.
    ///
    /// - Parameter store: takes the row, the column and the element of each channel.
    @inline(__always)
    func transformWinogradWeights(
        _ weights: UnsafePointer<Float>, result: Int, source: Int,
        store: (_ row: Int, _ column: Int, SIMD4<Float>) -> Void
    ) {
        func column(_ column: Int) -> WeightLine {
            func weight(_ row: Int) -> SIMD4<Float> {
                self.weights(weights, result: result, source: source, row: row, column: column)
            }
            return WeightLine(weight(0), weight(1), weight(2))
        }
        let columns = (column(0), column(1), column(2))
        for row in 0..<4 {
            let line = WeightLine(columns.0.line[row], columns.1.line[row], columns.2.line[row]).line
            for column in 0..<4 { store(row, column, line[column]) }
        }
    }
}

/// `B^T d B` of a tile of a channel.
@inline(__always)
func transformWinogradTile(
    of image: ZeroPaddedImage, top: Int, left: Int, channel: Int, to target: UnsafeMutablePointer<Vector>,
    rowStride: Int, columnStride: Int
) {
    let d0 = image.row(top, channel: channel) + left
    let d1 = image.row(top + 1, channel: channel) + left
    let d2 = image.row(top + 2, channel: channel) + left
    let d3 = image.row(top + 3, channel: channel) + left
    /// `B^T d` of one column.
    @inline(__always)
    func column(_ column: Int) -> Quad {
        guard image.hasColumn(left + column) else { return Quad() }
        return Quad(
            first: d0[column] - d2[column], second: d1[column] + d2[column], third: d2[column] - d1[column],
            fourth: d1[column] - d3[column])
    }
    let columns = (column(0), column(1), column(2), column(3))
    (columns.0 - columns.2).store(target, channelStride: rowStride, accumulate: false)
    (columns.1 + columns.2).store(target + columnStride, channelStride: rowStride, accumulate: false)
    (columns.2 - columns.1).store(target + 2 * columnStride, channelStride: rowStride, accumulate: false)
    (columns.1 - columns.3).store(target + 3 * columnStride, channelStride: rowStride, accumulate: false)
}
