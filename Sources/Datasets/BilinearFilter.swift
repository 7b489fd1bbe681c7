extension Picture {
    /// The image with its shorter side at a length, and its middle: torchvision's `Resize` and `CenterCrop` of a Pillow image.
    ///
    /// - Precondition: The length is positive.
    func resized(shorterSide side: Int) -> Picture {
        let shorter = min(size.rows, size.columns)
        return resized(to: Size(rows: side * size.rows / shorter, columns: side * size.columns / shorter)).centre(side)
    }

    /// The image at another size, bit for bit as Pillow's `resize` with the bilinear filter.
    ///
    /// Pillow's filter is a triangle as wide as two source pixels, or two target pixels if those are larger, so that a smaller
    /// image has no aliases. The rows come first, then the columns, each with weights of 22 bits and rounded to a byte:
    /// `src/libImaging/Resample.c`.
    private func resized(to size: Size) -> Picture {
        let horizontal =
            size.columns == self.size.columns
            ? pixels
            : filtered(
                pixels, outer: self.size.rows, length: self.size.columns, inner: channels, to: size.columns)
        let vertical =
            size.rows == self.size.rows
            ? horizontal
            : filtered(horizontal, outer: 1, length: self.size.rows, inner: size.columns * channels, to: size.rows)
        return Picture(channels: channels, size: size, pixels: vertical)
    }
}

/// The weights of the source pixels for one target pixel, in units of 2^-22.
private struct Weights {
    private static let bits = 22

    /// The first source pixel.
    let first: Int
    let values: [Int32]

    /// The weights for every target pixel.
    static func all(from length: Int, to target: Int) -> [Weights] {
        let scale = Double(length) / Double(target)
        let width = max(scale, 1)
        return (0..<target).map { index in
            let centre = (Double(index) + 0.5) * scale
            let first = max(0, Int(centre - width + 0.5))
            let end = min(length, Int(centre + width + 0.5))
            let values = (first..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) * (1 / width))) }
            let sum = values.reduce(0, +)
            return Weights(first: first, values: values.map { Int32(0.5 + $0 / sum * Double(1 << bits)) })
        }
    }

    /// The weighted sum of bytes, rounded and clipped.
    func sum(_ source: UnsafeBufferPointer<UInt8>, from start: Int, stride: Int) -> UInt8 {
        var sum: Int32 = 1 << (Self.bits - 1)
        var place = start + first * stride
        for value in values {
            sum &+= value &* Int32(source[place])
            place += stride
        }
        return UInt8(clamping: sum >> Self.bits)
    }
}

/// An array `[outer][length][inner]` with the middle dimension at another length.
private func filtered(_ pixels: [UInt8], outer: Int, length: Int, inner: Int, to target: Int) -> [UInt8] {
    let weights = Weights.all(from: length, to: target)
    return pixels.withUnsafeBufferPointer { source in
        [UInt8](unsafeUninitializedCapacity: outer * target * inner) { buffer, count in
            for block in 0..<outer {
                for weights in weights {
                    for element in 0..<inner {
                        buffer[count] = weights.sum(source, from: block * length * inner + element, stride: inner)
                        count += 1
                    }
                }
            }
        }
    }
}
