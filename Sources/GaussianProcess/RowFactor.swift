import Platform

/// The Cholesky factor L of a growing symmetric positive definite matrix A = L Lᵀ, stored by rows.
///
/// A row of L depends only on the rows above it. So appending rows gives, bit for bit, the factor of the whole matrix.
/// Rows are contiguous, and the same loop computes rows of L and solves L v = k for many right-hand sides, each of them
/// a row. LAPACK is not used because a threaded BLAS rounds differently for other numbers of threads.
package struct RowFactor: Sendable {
    /// The number of rows.
    package private(set) var order: Int

    /// The distance between the beginnings of two rows: `order` rounded up to a multiple of the tile.
    private var stride: Int

    /// The rows of L, `stride` x `stride` numbers, with zeros right of the diagonal and below the last row.
    ///
    /// The diagonal holds 1 / L_ii, because every use divides by L_ii.
    private var rows: [Double]

    /// Factorises a matrix.
    ///
    /// - Parameters:
    ///   - order: The number of rows.
    ///   - fill: Writes the first `row` + 1 numbers of a row to a pointer.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``.
    package init(
        order: Int, fill: (_ row: Int, _ destination: UnsafeMutablePointer<Double>) -> Void
    ) throws(GaussianProcessError) {
        self.init()
        try append(order, fill: fill)
    }

    /// The factor of a matrix without rows.
    init() {
        order = 0
        stride = 0
        rows = []
    }

    /// Factorises another matrix of as many rows, in the memory of this one.
    ///
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``; then there are no rows.
    mutating func replace(
        order: Int, fill: (_ row: Int, _ destination: UnsafeMutablePointer<Double>) -> Void
    ) throws(GaussianProcessError) {
        self.order = 0
        try append(order, fill: fill)
    }

    /// Appends rows to the matrix.
    ///
    /// - Parameters:
    ///   - count: The number of rows.
    ///   - fill: Writes the first `row` + 1 numbers of a row of A to a pointer, for `row` from ``order`` on.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``; then the factor is unchanged.
    package mutating func append(
        _ count: Int, fill: (_ row: Int, _ destination: UnsafeMutablePointer<Double>) -> Void
    ) throws(GaussianProcessError) {
        let old = order
        let new = order + count
        reserve(new)
        let stride = stride
        let failure: Int? = rows.withUnsafeMutableBufferPointer { buffer -> Int? in
            guard let rows = buffer.baseAddress else { return nil }
            var row = old
            while row < new {
                // An odd number of rows leaves the second row of the last pair unused; zeros there are harmless.
                let pair = row + 1 < new ? 2 : 1
                for index in row..<row + pair { fill(index, rows + index * stride) }
                let first = rows + row * stride
                let second = pair == 2 ? first + stride : first
                Self.substitute(first, pair == 2 ? second : nil, rows: UnsafePointer(rows), stride: stride, count: row)
                guard Self.finish(first, order: row) else { return row + 1 }
                if pair == 2 {
                    Self.advance(second, column: row, rows: rows, stride: stride)
                    guard Self.finish(second, order: row + 1) else { return row + 2 }
                }
                row += pair
            }
            return nil
        }
        if let failure {
            for row in old..<new {
                for column in 0..<stride { rows[row * stride + column] = 0 }
            }
            throw .notPositiveDefinite(order: failure)
        }
        order = new
    }

    /// Half the logarithm of the determinant of A: Σ log L_ii.
    package var halfLogDeterminant: Double {
        var sum = 0.0
        for row in 0..<order { sum -= log(rows[row * stride + row]) }
        return sum
    }

    /// Solves L v = k for right-hand sides that are rows, in place.
    ///
    /// - Parameters:
    ///   - sides: The rows, each at a multiple of `distance`; numbers beyond the order are not changed.
    ///   - count: The number of rows of right-hand sides.
    ///   - distance: Numbers from the beginning of a row to the next, at least ``width``.
    ///   - first: For each row a column before which all its numbers are 0; they are not touched.
    package func solveLower(
        _ sides: UnsafeMutablePointer<Double>, count: Int, distance: Int, from first: ((Int) -> Int)? = nil
    ) {
        rows.withUnsafeBufferPointer { buffer in
            guard let rows = buffer.baseAddress else { return }
            var side = 0
            while side < count {
                let pair = side + 1 < count
                let start = first.map { pair ? min($0(side), $0(side + 1)) : $0(side) } ?? 0
                Self.substitute(
                    sides + side * distance, pair ? sides + (side + 1) * distance : nil, rows: rows, stride: stride,
                    count: order, from: start)
                side += pair ? 2 : 1
            }
        }
    }

    /// Solves Lᵀ w = v in place.
    package func solveUpper(_ vector: UnsafeMutablePointer<Double>) {
        rows.withUnsafeBufferPointer { buffer in
            guard let rows = buffer.baseAddress else { return }
            for row in Swift.stride(from: order - 1, through: 0, by: -1) {
                let line = rows + row * stride
                let value = vector[row] * line[row]
                vector[row] = value
                for column in 0..<row { vector[column] -= value * line[column] }
            }
        }
    }

    /// The vector x of A x = `vector`.
    package func solve(_ vector: [Double]) -> [Double] {
        var solution = vector
        solution.withUnsafeMutableBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            solveLower(pointer, count: 1, distance: vector.count)
            solveUpper(pointer)
        }
        return solution
    }

    /// The diagonal of A⁻¹: the squared lengths of the columns of L⁻¹.
    func inverseDiagonal() -> [Double] {
        var diagonal = [Double](repeating: 0, count: order)
        let block = 32
        var sides = [Double](repeating: 0, count: block * stride)
        sides.withUnsafeMutableBufferPointer { buffer in
            guard let sides = buffer.baseAddress else { return }
            for begin in Swift.stride(from: 0, to: order, by: block) {
                let size = min(block, order - begin)
                buffer.update(repeating: 0)
                for index in 0..<size { sides[index * stride + begin + index] = 1 }
                solveLower(sides, count: size, distance: stride, from: { begin + $0 })
                for index in 0..<size {
                    let side = sides + index * stride
                    for row in begin + index..<order { diagonal[begin + index] += side[row] * side[row] }
                }
            }
        }
        return diagonal
    }

    /// The capacity that a row of right-hand sides needs.
    package var width: Int { stride }

    /// Computes −A⁻¹, of which only the lower triangle is valid, in rows of ``width`` numbers.
    ///
    /// A⁻¹ = L⁻ᵀ L⁻¹: the inner products of the columns of L⁻¹, which are kept as rows.
    ///
    /// - Parameters:
    ///   - columns: Memory for the columns of L⁻¹.
    ///   - inverse: Memory for −A⁻¹.
    func negatedInverse(columns: inout [Double], inverse: inout [Double]) {
        let stride = stride
        Self.clear(&columns, count: stride * stride)
        Self.clear(&inverse, count: stride * stride)
        columns.withUnsafeMutableBufferPointer { buffer in
            guard let columns = buffer.baseAddress else { return }
            for index in 0..<order { columns[index * stride + index] = 1 }
            solveLower(columns, count: order, distance: stride, from: { $0 })
            inverse.withUnsafeMutableBufferPointer { buffer in
                guard let inverse = buffer.baseAddress else { return }
                for row in Swift.stride(from: 0, to: stride, by: 2) {
                    for column in Swift.stride(from: 0, through: row + 1, by: 4) {
                        let other = columns + column * stride
                        RowProducts.subtract(
                            of: columns + row * stride, columns + (row + 1) * stride, with: other, stride: stride,
                            over: row..<stride,
                            from: inverse + row * stride + column, inverse + (row + 1) * stride + column)
                    }
                }
            }
        }
    }

    /// Sets an array to zeros, in its own memory.
    private static func clear(_ numbers: inout [Double], count: Int) {
        if numbers.count == count {
            numbers.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        } else {
            numbers = Array(repeating: 0, count: count)
        }
    }

    /// Makes the capacity at least `count` rows; existing rows keep their numbers.
    private mutating func reserve(_ count: Int) {
        guard count > stride else { return }
        // The extra capacity takes a few appended rows without moving the others.
        let wider = (count + 7) / 4 * 4
        var moved = [Double](repeating: 0, count: wider * wider)
        for row in 0..<order {
            moved.replaceSubrange(
                row * wider..<row * wider + row + 1, with: rows[row * stride..<row * stride + row + 1])
        }
        rows = moved
        stride = wider
    }

    /// Replaces the first `count` numbers of one or two rows k by those of v, where L v = k.
    private static func substitute(
        _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>?,
        rows: UnsafePointer<Double>, stride: Int, count: Int, from start: Int = 0
    ) {
        let begin = start / 4 * 4
        var column = begin
        while column < count {
            let below = rows + column * stride
            let width = min(4, count - column)
            if width < 4 {
                // The remaining columns, where a full tile would write beyond the end of the row.
                for index in 0..<width {
                    let line = below + index * stride
                    first[column + index] -= product(first, line, begin..<column)
                    if let second { second[column + index] -= product(second, line, begin..<column) }
                }
            } else if let second {
                RowProducts.subtract(
                    of: first, second, with: below, stride: stride, over: begin..<column, from: first + column,
                    second + column)
            } else {
                RowProducts.subtract(
                    of: first, with: below, stride: stride, over: begin..<column, from: first + column)
            }
            for index in 0..<width {
                finishColumn(first, column: column, index: index, below: below, stride: stride)
                if let second { finishColumn(second, column: column, index: index, below: below, stride: stride) }
            }
            column += 4
        }
    }

    /// The part of a forward substitution within the columns of a tile.
    @inline(__always)
    private static func finishColumn(
        _ row: UnsafeMutablePointer<Double>, column: Int, index: Int, below: UnsafePointer<Double>, stride: Int
    ) {
        let line = below + index * stride
        var value = row[column + index]
        for previous in column..<column + index { value -= row[previous] * line[previous] }
        row[column + index] = value * line[column + index]
    }

    /// The same sum as a tile's, in the same order.
    @inline(__always)
    private static func product(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ range: Range<Int>
    ) -> Double {
        var even = 0.0
        var odd = 0.0
        var k = range.lowerBound
        while k < range.upperBound {
            even += a[k] * b[k]
            odd += a[k + 1] * b[k + 1]
            k += 2
        }
        return even + odd
    }

    /// One step of a forward substitution: the column of the last finished row.
    private static func advance(
        _ row: UnsafeMutablePointer<Double>, column: Int, rows: UnsafeMutablePointer<Double>, stride: Int
    ) {
        let begin = column / 4 * 4
        let line = UnsafePointer(rows + column * stride)
        var value = row[column] - product(row, line, 0..<begin)
        for previous in begin..<column { value -= row[previous] * line[previous] }
        row[column] = value * line[column]
    }

    /// Computes the diagonal of a row from its other numbers; false if the matrix is not positive definite.
    private static func finish(_ row: UnsafeMutablePointer<Double>, order: Int) -> Bool {
        let begin = order / 4 * 4
        var pivot = row[order] - product(row, row, 0..<begin)
        for previous in begin..<order { pivot -= row[previous] * row[previous] }
        guard pivot > 0, pivot.isFinite else { return false }
        row[order] = 1 / pivot.squareRoot()
        return true
    }
}
