/// What images have in common and how they differ, for a person who looks at a data set.
package struct ImageStatistics: Sendable {
    /// The number of images of each class.
    package let counts: [Int]

    /// The mean of all pixels of each channel, before any normalisation, where a byte is divided by 255.
    package let means: [Double]

    /// The standard deviation of all pixels of each channel, divided by the number of pixels.
    package let deviations: [Double]

    /// Measures images.
    package init(of images: LabelledImages) {
        let format = images.format
        counts = images.labels.reduce(into: Array(repeating: 0, count: format.classes)) { $0[Int($1)] += 1 }
        var (means, deviations): ([Double], [Double]) = ([], [])
        for channel in 0..<format.channels {
            let total = Double(images.count * format.rows * format.columns)
            var (sum, squares) = (0.0, 0.0)
            images.forEachValue(of: channel) { sum += $0 * $1 }
            let mean = sum / total
            images.forEachValue(of: channel) { squares += ($0 - mean) * ($0 - mean) * $1 }
            means.append(mean)
            deviations.append((squares / total).squareRoot())
        }
        self.means = means
        self.deviations = deviations
    }
}

extension LabelledImages {
    /// Calls a function with the values of the pixels of a channel, and how often each occurs.
    ///
    /// Each byte is one call, so sums have no rounding errors that grow with the number of images.
    fileprivate func forEachValue(of channel: Int, _ body: (_ value: Double, _ count: Double) -> Void) {
        let plane = format.rows * format.columns
        let starts = (0..<count).map { ($0 * format.channels + channel) * plane }
        pixels.withUnsafeBytes { bytes in
            switch format.element {
            case .byte:
                var histogram = [Int](repeating: 0, count: 256)
                for start in starts {
                    for byte in bytes[start..<start + plane] { histogram[Int(byte)] += 1 }
                }
                for (byte, count) in histogram.enumerated() { body(Double(byte) / 255, Double(count)) }
            case .float:
                for start in starts {
                    for pixel in start..<start + plane {
                        body(Double(bytes.loadUnaligned(fromByteOffset: 4 * pixel, as: Float.self)), 1)
                    }
                }
            }
        }
    }
}

extension ImageDataset {
    /// A test image that is among the training images too, pixel for pixel.
    package struct Repetition: Equatable, Sendable {
        /// The index among the test images.
        package let test: Int

        /// The first such index among the training images.
        package let training: Int

        /// Whether both have the same class.
        package let sameClass: Bool
    }

    /// The test images that are training images too, in their order.
    package var repetitions: [Repetition] {
        let bytes = format.imageBytes
        func image(_ index: Int, of images: LabelledImages) -> ArraySlice<UInt8> {
            images.pixels[index * bytes..<(index + 1) * bytes]
        }
        var first: [ArraySlice<UInt8>: Int] = [:]
        for index in 0..<training.count where first[image(index, of: training)] == nil {
            first[image(index, of: training)] = index
        }
        return (0..<test.count).compactMap { index in
            first[image(index, of: test)].map { other in
                Repetition(test: index, training: other, sameClass: test.labels[index] == training.labels[other])
            }
        }
    }
}
