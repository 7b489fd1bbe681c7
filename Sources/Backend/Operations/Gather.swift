/// A data set as bytes, which is copied to the device once.
package struct ImageBytes: Sendable {
    /// `[sample][channel][row][column]`, one byte per pixel.
    package var pixels: [UInt8]
    /// The class of each sample.
    package var labels: [UInt8]
    package var channels: Int
    package var image: Extent

    /// - Precondition: `pixels.count == labels.count * channels * image.area`.
    package init(pixels: [UInt8], labels: [UInt8], channels: Int, image: Extent) {
        precondition(pixels.count == labels.count * channels * image.area)
        self.pixels = pixels
        self.labels = labels
        self.channels = channels
        self.image = image
    }

    package var samples: Int { labels.count }

    /// The shape of the whole data set, as one model.
    package var shape: ActivationShape {
        ActivationShape(models: 1, samples: samples, channels: channels, image: image)
    }
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

    /// The shape of the given orders, whose indices are checked.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    package init(of perModel: [[Int32]], datasetSize: Int) throws(BackendError) {
        for (model, order) in perModel.enumerated() {
            if let index = order.first(where: { !(0..<datasetSize).contains(Int($0)) }) {
                throw .shapeMismatch(
                    operation: "make sample order", expected: "indices in 0..<\(datasetSize)",
                    found: "\(index) for model \(model)")
            }
        }
        lengths = perModel.map(\.count)
        self.datasetSize = datasetSize
    }

    /// Checks that samples `start ..< start + counts[m]` can be gathered from a data set.
    ///
    /// - Parameter datasetShape: the samples, channels and extent of the data set, as one model.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validateGather(
        start: Int, counts: SampleCounts, from datasetShape: ActivationShape, images: ActivationShape,
        labels: LabelShape
    ) throws(BackendError) {
        let operation = "gather"
        var expected = images
        expected.channels = datasetShape.channels
        expected.image = datasetShape.image
        try requireShape(images, is: expected, "images", operation: operation)
        try requireShape(labels, is: LabelShape(of: images), "labels", operation: operation)
        try counts.validate(for: images, operation: operation)
        guard datasetSize <= datasetShape.samples, lengths.count == images.models else {
            throw .shapeMismatch(
                operation: operation,
                expected: "the order of \(images.models) models in at most \(datasetShape.samples) samples",
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

/// Gathering the samples of a step from the data set.
package protocol GatherOperations: StorageOperations {
    /// A data set on the device.
    associatedtype Dataset
    /// For each model of a stack, the sequence of its data-set indices, on the device.
    associatedtype SampleOrder
    /// The class of each sample of a step, `[model][sample]`, on the device.
    associatedtype Labels

    /// Copies a data set to the device.
    func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> Dataset

    /// Copies to the device the order in which each model processes a data set of `datasetSize` samples.
    ///
    /// The orders may have different lengths.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> SampleOrder

    /// Allocates the labels of a step, all of class 0.
    func makeLabels(models: Int, samples: Int) throws(BackendError) -> Labels

    /// Writes labels from `[model][sample]`.
    func write(_ values: [UInt8], to labels: Labels) throws(BackendError)

    /// The labels as `[model][sample]`.
    func read(_ labels: Labels) throws(BackendError) -> [UInt8]

    /// Gathers samples `start ..< start + counts[m]` of each model's order.
    ///
    /// A pixel becomes `Float(byte) / 255`, correctly rounded (torchvision's `ToTensor`). Samples of `images` beyond a
    /// model's count become zero.
    /// - Parameters:
    ///   - images: `[M, N, C, H, W]` with the channels and extent of the data set.
    ///   - labels: `[M, N]`.
    func gather(
        from dataset: Dataset, order: SampleOrder, start: Int, counts: SampleCounts, images: Activation, labels: Labels
    ) throws(BackendError)
}
