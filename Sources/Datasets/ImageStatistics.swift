/// What images have in common and how they differ, for a person who looks at a data set.
package struct ImageStatistics: Sendable {
    /// The number of images of each class.
    package let counts: [Int]

    /// The mean of all pixels of each channel, where a byte is divided by 255.
    package let means: [Double]

    /// The standard deviation of all pixels of each channel, divided by the number of pixels.
    package let deviations: [Double]

    /// Measures images.
    package init(of images: LabelledImages) {
        let format = images.format
        counts = images.labels.reduce(into: Array(repeating: 0, count: format.classes)) { $0[Int($1)] += 1 }
        let plane = format.rows * format.columns
        var (means, deviations): ([Double], [Double]) = ([], [])
        for channel in 0..<format.channels {
            // How often each byte occurs: everything follows from that without rounding errors that grow.
            var histogram = [Int](repeating: 0, count: 256)
            images.pixels.withUnsafeBufferPointer { pixels in
                for sample in 0..<images.count {
                    let start = (sample * format.channels + channel) * plane
                    for byte in pixels[start..<start + plane] { histogram[Int(byte)] += 1 }
                }
            }
            let values = histogram.enumerated().map { (value: Double($0) / 255, count: Double($1)) }
            let total = Double(images.count * plane)
            let mean = values.reduce(0) { $0 + $1.value * $1.count } / total
            let variance = values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) * $1.count } / total
            means.append(mean)
            deviations.append(variance.squareRoot())
        }
        self.means = means
        self.deviations = deviations
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
