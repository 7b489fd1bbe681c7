package import Backend
package import Datasets

/// A data set in the memory of a backend's device, or on the host if it is too large for that.
///
/// Of a data set on the host, the samples of some steps at a time are copied to the device in the order in which they are needed.
/// The bits of a result do not depend on it: the device gathers the same bytes.
package struct ResidentDataset<B: Backend> {
    /// Where the samples are.
    private enum Place {
        case device(B.Dataset)
        case host(LabelledImages)
    }

    private let place: Place
    private let backend: B
    /// The bytes of pixels that may be on the device at once.
    private let limit: Int
    /// The number of samples.
    package let count: Int

    /// Copies images to the device, if they fit.
    ///
    /// - Parameter limit: the most bytes of pixels of this data set on the device; nil for what the backend allows.
    package init(_ images: LabelledImages, on backend: B, limit: Int? = nil) throws(BackendError) {
        self.backend = backend
        self.limit = limit ?? backend.largestDatasetBytes ?? .max
        count = images.count
        place =
            images.pixels.count <= self.limit ? .device(try backend.makeDataset(ImageBytes(images))) : .host(images)
    }

    /// All indices, in the order of the data set.
    package var allIndices: [Int32] { Array(0..<Int32(count)) }

    /// Some steps of a pass: a data set on the device, and the order of each model in it.
    package struct Part {
        package let dataset: B.Dataset
        package let count: Int
        /// Where the part begins in the order of every model.
        package let start: Int
        package let order: [[Int32]]
    }

    /// Calls a function with the parts of a pass, one after another: the whole pass if the data set is on the device.
    ///
    /// - Parameters:
    ///   - order: the indices of the samples of each model.
    ///   - samples: the samples of a step for each model. Every part but the last has whole steps.
    package func forEachPart(of order: [[Int32]], samples: Int, _ body: (Part) throws -> Void) throws {
        switch place {
        case .device(let dataset): try body(Part(dataset: dataset, count: count, start: 0, order: order))
        case .host(let images):
            // An eighth of the limit, because earlier parts may still be on the device while a new one is copied: the queue uses
            // them, and the plans of steps keep the last one that they have used.
            let stepBytes = max(1, order.count * samples * images.format.imageBytes)
            let length = samples * max(1, limit / 8 / stepBytes)
            for start in stride(from: 0, to: order.map(\.count).max() ?? 0, by: length) {
                let indices = order.map { $0.dropFirst(start).prefix(length) }
                // Models that share a sample share its copy.
                let used = Set(indices.joined()).sorted()
                let places = Dictionary(uniqueKeysWithValues: zip(used, Int32(0)...))
                try body(
                    Part(
                        dataset: backend.makeDataset(ImageBytes(images.subset(used.map { Int($0) }))),
                        count: used.count, start: start,
                        order: indices.map { $0.map { places[$0]! } }))
            }
        }
    }
}

extension ImageBytes {
    /// Images as a backend takes them.
    ///
    /// The values of bytes that are normalised are a table, and floats are normalised here. So the arithmetic is that of this
    /// machine, and all backends have the same bits.
    package init(_ images: LabelledImages) {
        let format = images.format
        var pixels = images.pixels
        let values: PixelValues
        switch (format.element, format.normalization) {
        case (.byte, nil):
            values = .quotients
        case (.byte, let normalization?):
            values = .table(
                (0..<format.channels).flatMap { channel in
                    (0...255).map { normalization.value(Float($0) / 255, channel: channel) }
                })
        case (.float, nil):
            values = .floats
        case (.float, let normalization?):
            let plane = format.rows * format.columns
            pixels.withUnsafeMutableBytes { bytes in
                for index in 0..<bytes.count / 4 {
                    let pixel = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
                    let value = normalization.value(pixel, channel: index / plane % format.channels)
                    bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
                }
            }
            values = .floats
        }
        self.init(
            pixels: pixels, labels: images.labels, channels: format.channels, image: Extent(format), values: values)
    }
}
