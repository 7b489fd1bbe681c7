/// A data set as bytes, which is copied to the device once.
package struct ImageBytes: Sendable {
    /// `[sample][channel][row][column]`, of as many bytes per pixel as ``PixelValues/bytes`` says.
    package var pixels: [UInt8]
    /// The class of each sample.
    package var labels: [UInt8]
    package var channels: Int
    package var image: Extent
    /// What the network reads for a pixel.
    package var values: PixelValues

    /// - Precondition: the number of pixels is that of the labels, and a table has 256 values for each channel.
    package init(
        pixels: [UInt8], labels: [UInt8], channels: Int, image: Extent, values: PixelValues = .quotients
    ) {
        precondition(pixels.count == labels.count * channels * image.area * values.bytes)
        if case .table(let table) = values { precondition(table.count == 256 * channels) }
        self.pixels = pixels
        self.labels = labels
        self.channels = channels
        self.image = image
        self.values = values
    }

    package var samples: Int { labels.count }

    /// The shape of the whole data set, as one model.
    package var shape: ActivationShape {
        ActivationShape(models: 1, samples: samples, channels: channels, image: image)
    }
}

/// What the network reads for a pixel of a data set.
package enum PixelValues: Sendable, Equatable {
    /// `Float(byte) / 255`.
    case quotients
    /// The value of each byte in each channel, `[channel][256]`: bytes that are normalised.
    case table([Float])
    /// The pixel itself, an fp32 number in the byte order of the host.
    case floats

    /// The bytes of a pixel.
    package var bytes: Int { self == .floats ? MemoryLayout<Float>.size : 1 }
}

/// The shape of the labels of a step: one for each sample of each model.
package struct LabelShape: Hashable, Sendable, CustomStringConvertible {
    /// `M`.
    package var models: Int
    /// `N`.
    package var samples: Int

    package init(models: Int, samples: Int) {
        self.models = models
        self.samples = samples
    }

    /// The shape of the labels for activations of a shape.
    package init(of activation: ActivationShape) {
        self.init(models: activation.models, samples: activation.samples)
    }

    package var count: Int { models * samples }
    package var description: String { "[\(models), \(samples)]" }
}

/// The shape of the sample orders of a stack.
package struct SampleOrderShape: Hashable, Sendable {
    /// The number of indices of each model.
    package let lengths: [Int]
    /// The number of samples of the data set; all indices are less than it.
    package let datasetSize: Int
    /// Whether there is an ``ImageChange`` for each index.
    package let hasChanges: Bool

    /// The shape of the given orders, whose indices are checked.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    fileprivate init(
        of perModel: [[Int32]], datasetSize: Int, changes: [[ImageChange]]?
    ) throws(BackendError) {
        for (model, order) in perModel.enumerated() {
            if let index = order.first(where: { !(0..<datasetSize).contains(Int($0)) }) {
                throw .shapeMismatch(
                    operation: "make sample order", expected: "indices in 0..<\(datasetSize)",
                    found: "\(index) for model \(model)")
            }
        }
        lengths = perModel.map(\.count)
        self.datasetSize = datasetSize
        hasChanges = changes != nil
        guard let changes, changes.map(\.count) != lengths else { return }
        throw .shapeMismatch(
            operation: "make sample order", expected: "changes of \(lengths) images",
            found: "\(changes.map(\.count))")
    }

    /// Checks that a step takes its samples from inside the orders, and that they are orders of the data set.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    func validate(
        start: Int, counts: SampleCounts, in dataset: some DatasetStorage, operation: String
    ) throws(BackendError) {
        guard datasetSize <= dataset.shape.samples, lengths.count == counts.models else {
            throw .shapeMismatch(
                operation: operation,
                expected: "the order of \(counts.models) models in at most \(dataset.shape.samples) samples",
                found: "\(lengths.count) models, \(datasetSize) samples")
        }
        for (model, count) in counts.perModel.enumerated() where count > 0 {
            guard start >= 0, start + count <= lengths[model] else {
                throw .shapeMismatch(
                    operation: operation, expected: "samples inside the order of \(lengths[model])",
                    found: "\(start)..<\(start + count) for model \(model)")
            }
        }
    }
}

/// A data set on the device.
package protocol DatasetStorage: AnyObject {
    /// The shape of the whole data set, as one model.
    var shape: ActivationShape { get }
    /// The largest label of all samples.
    var largestLabel: UInt8 { get }
}

/// For each model of a stack, the sequence of its data-set indices, on the device.
package protocol SampleOrderStorage: AnyObject {
    var shape: SampleOrderShape { get }
}

/// The class of each sample of a step, `[model][sample]`, on the device.
package protocol LabelStorage: AnyObject {
    var shape: LabelShape { get }
    /// What the host knows about the contents; kept by the checked functions, `zero` at first.
    var contents: LabelContents { get set }
}

/// What the host knows about labels on the device, to reject labels that are not classes without reading them back.
package enum LabelContents: Sendable {
    /// All are zero.
    case zero
    /// Labels written by the host, `[model][sample]`.
    case written([UInt8])
    /// Labels gathered from a data set with this largest label.
    case gathered(largest: UInt8)
}

/// The requirements of a backend for the samples of a step; callers use the checked functions of the same names.
package protocol GatherOperations: StorageOperations {
    associatedtype Dataset: DatasetStorage
    associatedtype SampleOrder: SampleOrderStorage
    associatedtype Labels: LabelStorage

    /// Copies a data set to the device.
    func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> Dataset

    /// ``makeSampleOrder(_:datasetSize:changes:)`` without checks.
    func uncheckedMakeSampleOrder(
        _ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape
    ) throws(BackendError) -> SampleOrder

    /// Allocates the labels of a step, all of class 0.
    func makeLabels(_ shape: LabelShape) throws(BackendError) -> Labels

    /// ``write(_:to:)`` without checks.
    func uncheckedWrite(_ values: [UInt8], to labels: Labels) throws(BackendError)

    /// The labels as `[model][sample]`.
    func read(_ labels: Labels) throws(BackendError) -> [UInt8]

    /// ``gather(from:order:start:counts:images:labels:)`` without checks.
    func uncheckedGather(
        from dataset: Dataset, order: SampleOrder, start: Int, counts: SampleCounts, images: Activation, labels: Labels
    ) throws(BackendError)
}

extension GatherOperations {
    /// Copies to the device the order in which each model processes a data set of `datasetSize` samples.
    ///
    /// The orders may have different lengths.
    /// - Parameter changes: how the image of each index is changed; nil for images as they are.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    package func makeSampleOrder(
        _ perModel: [[Int32]], datasetSize: Int, changes: [[ImageChange]]? = nil
    ) throws(BackendError) -> SampleOrder {
        try uncheckedMakeSampleOrder(
            perModel, changes: changes,
            shape: SampleOrderShape(of: perModel, datasetSize: datasetSize, changes: changes))
    }

    /// Writes labels from `[model][sample]`.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func write(_ values: [UInt8], to labels: Labels) throws(BackendError) {
        try requireShape(values.count, is: labels.shape.count, "number of labels", operation: "write labels")
        try uncheckedWrite(values, to: labels)
        labels.contents = .written(values)
    }

    /// Gathers samples `start ..< start + counts[m]` of each model's order.
    ///
    /// A pixel becomes what ``ImageBytes/values`` says, and a quotient is correctly rounded (torchvision's `ToTensor`), so all
    /// backends give the same bits. If the order has changes, the image of a sample is changed by its own. Samples of `images`
    /// beyond a model's count become zero.
    /// - Parameters:
    ///   - images: `[M, N, C, H, W]` with the channels and extent of the data set.
    ///   - labels: `[M, N]`.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func gather(
        from dataset: Dataset, order: SampleOrder, start: Int, counts: SampleCounts, images: Activation, labels: Labels
    ) throws(BackendError) {
        let operation = "gather"
        var expected = images.shape
        expected.channels = dataset.shape.channels
        expected.image = dataset.shape.image
        try requireShape(images.shape, is: expected, "images", operation: operation)
        try requireShape(labels.shape, is: LabelShape(of: images.shape), "labels", operation: operation)
        try counts.validate(for: images.shape, operation: operation)
        try order.shape.validate(start: start, counts: counts, in: dataset, operation: operation)
        labels.contents = .gathered(largest: dataset.largestLabel)
        try uncheckedGather(
            from: dataset, order: order, start: start, counts: counts, images: images, labels: labels)
    }
}
