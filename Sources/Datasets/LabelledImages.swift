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

        /// How a pixel is kept.
        package var element = Element.byte

        /// What is done to the pixels before the network reads them; `nil` for nothing.
        package var normalization: Normalization?

        /// How a pixel is kept.
        package enum Element: Sendable {
            /// A byte from 0 to 255. The network reads the quotient by 255.
            case byte

            /// A number of fp32, in four bytes of this machine's order. The network reads the number.
            case float

            /// The number of bytes.
            package var bytes: Int { self == .byte ? 1 : MemoryLayout<Float>.size }
        }

        /// Creates a format.
        ///
        /// - Precondition: An image has pixels, and a label is a byte: there are 1 to 256 classes.
        package init(
            channels: Int, rows: Int, columns: Int, classNames: [String], element: Element = .byte,
            normalization: Normalization? = nil
        ) {
            precondition(
                channels > 0 && rows > 0 && columns > 0, "\(channels) x \(rows) x \(columns) pixels are no image")
            precondition((1...256).contains(classNames.count), "a byte can't be one of \(classNames.count) classes")
            self.channels = channels
            self.rows = rows
            self.columns = columns
            self.classNames = classNames
            self.element = element
            self.normalization = normalization
        }

        /// The number of classes.
        package var classes: Int { classNames.count }

        /// The number of pixels of an image, in all channels.
        package var imagePixels: Int { channels * rows * columns }

        /// The number of bytes of an image.
        package var imageBytes: Int { imagePixels * element.bytes }
    }

    /// The pixels, `[sample][channel][row][column]`, each of ``Format/Element/bytes`` bytes.
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
            "\(pixels.count) bytes are not the pixels of \(labels.count) images of "
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

    /// The pixels from 0 to 1 of bytes, or those that are floats, before any normalisation.
    package var floats: [Float] {
        switch format.element {
        case .byte:
            pixels.map { Float($0) / 255 }
        case .float:
            pixels.withUnsafeBytes { bytes in
                (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
    }

    /// The images with pixels as floats, which the network reads as the same numbers.
    package var withFloats: LabelledImages {
        guard format.element == .byte else { return self }
        var format = format
        format.element = .float
        return LabelledImages(pixels: bytes(of: floats), labels: labels, format: format)
    }

    /// The images with another normalisation.
    package func normalized(by normalization: Normalization?) -> LabelledImages {
        var format = format
        format.normalization = normalization
        return LabelledImages(pixels: pixels, labels: labels, format: format)
    }
}

/// The bytes of numbers, in the order of this machine.
func bytes(of floats: [Float]) -> [UInt8] { floats.withUnsafeBytes { Array($0) } }
