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
