/// A data set as bytes: what goes to the device once and stays there.
package struct ImageBytes: Sendable {
    /// `[sample][channel][row][column]`, one byte a pixel.
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

    /// The shape of all of it, as one model.
    package var shape: ActivationShape {
        ActivationShape(models: 1, samples: samples, channels: channels, image: image)
    }
}

/// How many labels there are: one for each sample of each model of a step.
package struct LabelShape: Hashable, Sendable, CustomStringConvertible {
    /// `M`.
    package var models: Int
    /// `N`.
    package var samples: Int

    package init(models: Int, samples: Int) {
        self.models = models
        self.samples = samples
    }

    /// The shape of the labels that belong to activations.
    package init(of activation: ActivationShape) {
        self.init(models: activation.models, samples: activation.samples)
    }

    package var count: Int { models * samples }
    package var description: String { "[\(models), \(samples)]" }
}

/// The indices that each model goes through, without the indices.
package struct SampleOrderShape: Hashable, Sendable {
    /// How many indices each model has.
    package let lengths: [Int]
    /// The indices are below this.
    package let datasetSize: Int

    /// The shape of an order.
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

    /// Throws unless samples `start ..< start + counts[m]` can be gathered from a data set.
    ///
    /// - Parameters:
    ///   - datasetShape: Samples, channels and extent of the data set, as one model.
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

/// Getting the samples of a step out of the data set.
package protocol GatherOperations: StorageOperations {
    /// A data set on the device.
    associatedtype Dataset
    /// For each model of a stack, the data-set indices it goes through, on the device.
    associatedtype SampleOrder
    /// The class of each sample of a step, `[model][sample]`, on the device.
    associatedtype Labels

    /// Puts a data set on the device.
    func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> Dataset

    /// Puts the order on the device in which each model goes through a data set of `datasetSize` samples. The models
    /// may have orders of different lengths.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> SampleOrder

    /// Room for the labels of a step, filled with class 0.
    func makeLabels(models: Int, samples: Int) throws(BackendError) -> Labels

    /// Fills labels from `[model][sample]`.
    func write(_ values: [UInt8], to labels: Labels) throws(BackendError)

    /// The labels as `[model][sample]`.
    func read(_ labels: Labels) throws(BackendError) -> [UInt8]

    /// Gathers samples `start ..< start + counts[m]` of each model's order.
    ///
    /// A pixel becomes `Float(byte) / 255`, the true quotient (torchvision's `ToTensor`). Samples of `images` beyond a
    /// model's count become zero.
    /// - Parameters:
    ///   - images: `[M, N, C, H, W]` with the channels and extent of the data set.
    ///   - labels: `[M, N]`.
    func gather(
        from dataset: Dataset, order: SampleOrder, start: Int, counts: SampleCounts, images: Activation, labels: Labels
    ) throws(BackendError)
}
