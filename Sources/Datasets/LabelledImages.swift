/// Grey images with their classes.
package struct LabelledImages: Sendable {
    /// The pixels, `[sample][row][column]`, from 0 (background) to 255.
    package let pixels: [UInt8]

    /// The class of each sample, from 0.
    package let labels: [UInt8]

    /// The number of rows of an image.
    package let rows: Int

    /// The number of columns of an image.
    package let columns: Int

    /// Creates images with labels.
    ///
    /// - Precondition: There are `rows` × `columns` pixels for every label.
    package init(pixels: [UInt8], labels: [UInt8], rows: Int, columns: Int) {
        precondition(
            pixels.count == labels.count * rows * columns,
            "\(pixels.count) pixels are not \(labels.count) images of \(rows) x \(columns)")
        self.pixels = pixels
        self.labels = labels
        self.rows = rows
        self.columns = columns
    }

    /// The number of samples.
    package var count: Int { labels.count }

    /// The first `limit` samples, or all if there are fewer.
    ///
    /// - Precondition: `limit` is not negative.
    package func prefix(_ limit: Int) -> LabelledImages {
        guard limit < count else { return self }
        return LabelledImages(
            pixels: Array(pixels.prefix(limit * rows * columns)), labels: Array(labels.prefix(limit)), rows: rows,
            columns: columns)
    }
}
