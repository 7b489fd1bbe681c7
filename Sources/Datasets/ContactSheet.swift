extension LabelledImages {
    /// A contact sheet as a PNG file: the first ten images of each class, a row for each class.
    ///
    /// Small images are enlarged by a whole number, to at most 64 pixels. Between the images are 2 white pixels. Images with
    /// other than 1 or 3 channels are shown by their first channel. Floats are scaled so that the smallest is black and the
    /// largest is white.
    ///
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)`` for a sheet that would be too large.
    package func contactSheet() throws(DatasetError) -> [UInt8] {
        let (perClass, gap) = (10, 2)
        let scale = max(1, 64 / max(format.rows, format.columns))
        let cell = Picture.Size(rows: format.rows * scale + gap, columns: format.columns * scale + gap)
        let size = Picture.Size(rows: format.classes * cell.rows + gap, columns: perClass * cell.columns + gap)
        guard size.pixels <= Picture.greatestPixels else {
            throw .unusable(
                "the contact sheet", reason: "it would have \(size) pixels", remedy: "leave out --sheet")
        }
        let channels = format.channels == 3 ? 3 : 1
        let source = shades
        var pixels = [UInt8](repeating: 255, count: size.pixels * channels)
        var placed = [Int](repeating: 0, count: format.classes)
        for (sample, label) in labels.enumerated() where placed[Int(label)] < perClass {
            let top = gap + Int(label) * cell.rows
            let left = gap + placed[Int(label)] * cell.columns
            placed[Int(label)] += 1
            for row in 0..<format.rows * scale {
                for column in 0..<format.columns * scale {
                    let pixel = (row / scale) * format.columns + column / scale
                    for channel in 0..<channels {
                        pixels[((top + row) * size.columns + left + column) * channels + channel] =
                            source[sample * format.imagePixels + channel * format.rows * format.columns + pixel]
                    }
                }
            }
        }
        do throws(PictureFailure) {
            return try PNGFile.encode(Picture(channels: channels, size: size, pixels: pixels))
        } catch {
            throw .unusable("the contact sheet", reason: error.reason, remedy: "leave out --sheet")
        }
    }

    /// The pixels as bytes.
    var shades: [UInt8] {
        guard format.element == .float else { return pixels }
        let floats = floats
        let (lowest, highest) = (floats.min() ?? 0, floats.max() ?? 0)
        let range = highest > lowest ? highest - lowest : 1
        return floats.map { UInt8(clamping: Int((($0 - lowest) / range * 255).rounded())) }
    }
}
