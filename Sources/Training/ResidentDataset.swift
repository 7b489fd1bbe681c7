package import Backend
package import Datasets

/// A data set in the memory of a backend's device.
package struct ResidentDataset<B: Backend> {
    package let dataset: B.Dataset
    /// The number of samples.
    package let count: Int

    /// Copies images to the device.
    package init(_ images: LabelledImages, on backend: B) throws(BackendError) {
        count = images.count
        dataset = try backend.makeDataset(
            ImageBytes(
                pixels: images.pixels, labels: images.labels, channels: images.format.channels,
                image: Extent(images.format)))
    }

    /// All indices, in the order of the data set.
    package var allIndices: [Int32] { Array(0..<Int32(count)) }
}
