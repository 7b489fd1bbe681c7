/// Images with their classes.
package struct LabelledImages: Sendable {
    /// What all images of a data set have in common: the shape of an image, and the classes.
    package struct Format: Sendable, Equatable {
        /// The number of channels of an image: 1 for grey, 3 for colours.
        package let channels: Int

        /// The number of rows of an image.
        package let rows: Int

        /// The number of columns of an image.
        package let columns: Int

        /// The name of each class, in the order of the labels.
        package let classNames: [String]

        /// Creates a format.
        ///
        /// - Precondition: An image has pixels, and a label is a byte: there are 1 to 256 classes.
        package init(channels: Int, rows: Int, columns: Int, classNames: [String]) {
            precondition(
                channels > 0 && rows > 0 && columns > 0, "\(channels) x \(rows) x \(columns) pixels are no image")
            precondition((1...256).contains(classNames.count), "a byte can't be one of \(classNames.count) classes")
            self.channels = channels
            self.rows = rows
            self.columns = columns
            self.classNames = classNames
        }

        /// The number of classes.
        package var classes: Int { classNames.count }

        /// The number of bytes of an image.
        package var imageBytes: Int { channels * rows * columns }
    }

    /// The pixels, `[sample][channel][row][column]`, from 0 (background) to 255.
    package let pixels: [UInt8]

    /// The class of each sample, from 0.
    package let labels: [UInt8]

    /// The shape of an image, and the classes.
    package let format: Format

    /// Creates images with labels.
    ///
    /// - Precondition: There are the pixels of an image for every label, and every label is that of a class.
    package init(pixels: [UInt8], labels: [UInt8], format: Format) {
        precondition(
            pixels.count == labels.count * format.imageBytes,
            "\(pixels.count) pixels are not \(labels.count) images of "
                + "\(format.channels) x \(format.rows) x \(format.columns)")
        // A backend takes a label as an index and does not check it.
        precondition(labels.allSatisfy { $0 < format.classes }, "a label is not one of \(format.classes) classes")
        self.pixels = pixels
        self.labels = labels
        self.format = format
    }

    /// The number of samples.
    package var count: Int { labels.count }

    /// The first `limit` samples, or all if there are fewer.
    ///
    /// - Precondition: `limit` is not negative.
    package func prefix(_ limit: Int) -> LabelledImages {
        guard limit < count else { return self }
        return LabelledImages(
            pixels: Array(pixels.prefix(limit * format.imageBytes)), labels: Array(labels.prefix(limit)),
            format: format)
    }
}
