/// How an image is changed when it is gathered: mirrored, moved and cut out, in this order.
///
/// A value of the result is that of the pixel at the same place of the mirrored image, moved by ``rows`` and ``columns``:
///
///     mirrored[y,x] = image[y, x] or image[y, W - 1 - x]
///     result[y,x] = mirrored[y + rows, x + columns], or 0 outside of the image and inside of the hole
///
/// All channels are changed alike.
package struct ImageChange: Hashable, Sendable, BitwiseCopyable {
    /// Whether left and right are exchanged.
    package var flips: Bool
    package var rows: Int16
    package var columns: Int16
    /// The rows and columns of the result that become 0; they may be outside of the image, or none.
    package var hole: Hole

    /// Rows from `top` to before `bottom`, and columns from `left` to before `right`.
    package struct Hole: Hashable, Sendable, BitwiseCopyable {
        package var top: Int16
        package var left: Int16
        package var bottom: Int16
        package var right: Int16

        /// No pixels.
        package static let none = Hole(top: 0, left: 0, bottom: 0, right: 0)

        package init(top: Int16, left: Int16, bottom: Int16, right: Int16) {
            self.top = top
            self.left = left
            self.bottom = bottom
            self.right = right
        }
    }

    /// The default changes nothing.
    package init(flips: Bool = false, rows: Int16 = 0, columns: Int16 = 0, hole: Hole = .none) {
        self.flips = flips
        self.rows = rows
        self.columns = columns
        self.hole = hole
    }

    /// The pixel of the image that a pixel of the result has; nil for 0.
    package func source(row: Int, column: Int, in image: Extent) -> (row: Int, column: Int)? {
        let isInHole =
            row >= Int(hole.top) && row < Int(hole.bottom) && column >= Int(hole.left) && column < Int(hole.right)
        let (row, column) = (row + Int(rows), column + Int(columns))
        guard !isInHole, (0..<image.height).contains(row), (0..<image.width).contains(column) else { return nil }
        return (row, flips ? image.width - 1 - column : column)
    }
}
