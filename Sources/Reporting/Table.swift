/// A table of text: every column is as wide as its widest cell.
package struct Table {
    private let rows: [[String]]
    private let widths: [Int]
    private let separator: String
    private let leftAligned: Int

    /// Creates a table from its cells.
    ///
    /// - Parameters:
    ///   - header: The titles of the columns.
    ///   - rows: The cells of the other rows. A row may end before the last column.
    ///   - widths: The least width of each column, in characters; 0 for columns without one.
    ///   - separator: The text between two columns.
    ///   - leftAligned: The number of columns at the left whose cells begin at the left; all others are aligned at the right.
    package init(
        _ header: [String], _ rows: [[String]], widths: [Int] = [], separator: String = "  ", leftAligned: Int = 0
    ) {
        self.rows = [header] + rows
        self.widths = widths
        self.separator = separator
        self.leftAligned = leftAligned
    }

    /// The lines of the table without trailing spaces; the first is the header.
    package var lines: [String] {
        var widths = widths
        for row in rows {
            widths += Array(repeating: 0, count: max(row.count - widths.count, 0))
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column < leftAligned ? cell + padding : padding + cell
            }
            return String(cells.joined(separator: separator).reversed().drop { $0 == " " }.reversed())
        }
    }
}
