package import Backend
package import Datasets

/// A data set on a backend's device.
package struct ResidentDataset<B: Backend> {
    package let dataset: B.Dataset
    /// How many samples it holds.
    package let count: Int

    /// Puts images on the device.
    package init(_ images: LabelledImages, on backend: B) throws(BackendError) {
        count = images.count
        dataset = try backend.makeDataset(
            ImageBytes(
                pixels: images.pixels, labels: images.labels, channels: 1,
                image: Extent(height: images.rows, width: images.columns)))
    }

    /// Every index, in the order of the data set.
    package var allIndices: [Int32] { Array(0..<Int32(count)) }
}
