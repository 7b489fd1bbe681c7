/// A dense matrix, stored column after column as LAPACK wants it.
package struct Matrix: Sendable, Equatable {
    /// Number of rows.
    package let rows: Int

    /// Number of columns.
    package let columns: Int

    /// The elements, column after column: `rows` x `columns` numbers.
    package var elements: [Double]

    /// A matrix of zeros.
    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        elements = Array(repeating: 0, count: rows * columns)
    }

    /// The element in the given row and column, both counted from 0.
    package subscript(row: Int, column: Int) -> Double {
        get { elements[column * rows + row] }
        set { elements[column * rows + row] = newValue }
    }

    /// The elements of one column.
    package func column(_ column: Int) -> ArraySlice<Double> {
        elements[column * rows..<(column + 1) * rows]
    }
}

/// The inner product of two vectors of one length, summed from first to last.
func dot(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
