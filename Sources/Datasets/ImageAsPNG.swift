extension LabelledImages {
    /// An image as a PNG file.
    ///
    /// A larger one than a side is made smaller by a whole number: of each square of pixels the first one is kept. Images with other
    /// than 1 or 3 channels are shown by their first channel. Floats are scaled so that the smallest of the image is black and
    /// the largest is white.
    ///
    /// - Precondition: The index is that of an image.
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)`` if libpng can't encode it.
    package func png(of sample: Int, atMost side: Int) throws(DatasetError) -> [UInt8] {
        let bytes = pixels[sample * format.imageBytes..<(sample + 1) * format.imageBytes]
        let source = LabelledImages(pixels: Array(bytes), labels: [labels[sample]], format: format).shades
        let step = (max(format.rows, format.columns) + side - 1) / side
        let size = Picture.Size(rows: (format.rows + step - 1) / step, columns: (format.columns + step - 1) / step)
        let channels = format.channels == 3 ? 3 : 1
        var shown: [UInt8] = []
        shown.reserveCapacity(size.pixels * channels)
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                for channel in 0..<channels {
                    shown.append(source[(channel * format.rows + row * step) * format.columns + column * step])
                }
            }
        }
        do throws(PictureFailure) {
            return try PNGFile.encode(Picture(channels: channels, size: size, pixels: shown))
        } catch {
            throw .unusable("test image \(sample)", reason: error.reason, remedy: "leave out --retrain")
        }
    }
}
