package import Backend
import Kernels

/// A data set on the device, as bytes.
package final class OpenCLDataset {
    let pixels: DeviceBuffer
    let labels: DeviceBuffer
    let shape: ActivationShape
    let largestLabel: UInt8

    init(pixels: DeviceBuffer, labels: DeviceBuffer, of bytes: ImageBytes) {
        self.pixels = pixels
        self.labels = labels
        shape = bytes.shape
        largestLabel = bytes.labels.max() ?? 0
    }
}

/// The sequence of data-set indices of each model, `[model][length]`, on the device.
package final class OpenCLSampleOrder {
    let indices: DeviceBuffer
    let shape: SampleOrderShape
    /// The distance between the indices of successive models.
    let stride: Int

    init(indices: DeviceBuffer, shape: SampleOrderShape, stride: Int) {
        self.indices = indices
        self.shape = shape
        self.stride = stride
    }
}

/// The classes of the samples of a step, `[model][sample]`, on the device.
package final class OpenCLLabels {
    let buffer: DeviceBuffer
    let shape: LabelShape
    /// What the host knows about the contents, to reject labels that are not classes.
    var contents = Contents.written([])

    /// The source of the labels.
    enum Contents {
        /// Labels written by the host; empty if all are zero.
        case written([UInt8])
        /// Labels gathered from a data set with this largest label.
        case gathered(largest: UInt8)
    }

    init(buffer: DeviceBuffer, shape: LabelShape) {
        self.buffer = buffer
        self.shape = shape
    }
}

extension OpenCLLabels {
    /// Checks that the label of every sample is one of the classes.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    func requireClasses(of logits: ActivationShape, counts: SampleCounts) throws(BackendError) {
        switch contents {
        case .gathered(let largest):
            // Gathered labels are not read back, so all labels of the data set are checked.
            guard Int(largest) >= logits.channels else { return }
            try Self.validate([UInt8](repeating: largest, count: shape.count), counts: counts, logits: logits)
        case .written(let labels):
            guard !labels.isEmpty else { return }
            try Self.validate(labels, counts: counts, logits: logits)
        }
    }

    private static func validate(
        _ labels: [UInt8], counts: SampleCounts, logits: ActivationShape
    ) throws(BackendError) {
        try labels.withUnsafeBufferPointer { labels throws(BackendError) in
            try validateLabels(labels, counts: counts, logits: logits)
        }
    }
}

/// What `Gather.cl` is compiled for.
private struct GatherConstants: KernelConstants {
    static let source = KernelSource.gather
    /// The pixels of an image, in all channels.
    var pixels: Int
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The consecutive pixels of a work-item.
    var itemPixels: Int
    /// The work-items per lane in a work-group.
    var slices: Int

    var macros: [String: Int] {
        ["PIXELS": pixels, "GROUPS": groups, "GATHER_PIXELS": itemPixels, "SLICES": slices]
    }
}

extension OpenCLBackend {
    /// The consecutive pixels per work-item.
    ///
    /// A work-item with vectors keeps them in private memory.
    private var gatherPixels: Int { configuration.vector == 1 ? 8 : 392 }

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> OpenCLDataset {
        OpenCLDataset(
            pixels: try queue.makeBuffer(bytes.pixels), labels: try queue.makeBuffer(bytes.labels), of: bytes)
    }

    package func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> OpenCLSampleOrder {
        let shape = try SampleOrderShape(of: perModel, datasetSize: datasetSize)
        let stride = shape.lengths.max() ?? 0
        let indices = perModel.flatMap { $0 + Array(repeating: 0, count: stride - $0.count) }
        return OpenCLSampleOrder(indices: try queue.makeBuffer(indices), shape: shape, stride: stride)
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> OpenCLLabels {
        OpenCLLabels(
            buffer: try queue.makeBuffer(byteCount: models * samples),
            shape: LabelShape(models: models, samples: samples))
    }

    package func write(_ values: [UInt8], to labels: OpenCLLabels) throws(BackendError) {
        try requireShape(values.count, is: labels.shape.count, "number of labels", operation: "write labels")
        try queue.write(values, to: labels.buffer)
        labels.contents = .written(values)
    }

    package func read(_ labels: OpenCLLabels) throws(BackendError) -> [UInt8] {
        try queue.read(labels.buffer, as: UInt8.self, count: labels.shape.count)
    }

    package func gather(
        from dataset: OpenCLDataset, order: OpenCLSampleOrder, start: Int, counts: SampleCounts,
        images: OpenCLActivation, labels: OpenCLLabels
    ) throws(BackendError) {
        try order.shape.validateGather(
            start: start, counts: counts, from: dataset.shape, images: images.shape, labels: labels.shape)
        let shape = images.shape
        let constants = GatherConstants(
            pixels: shape.valuesPerSample, groups: images.groups, itemPixels: gatherPixels,
            slices: configuration.sumOrder.planeSlices)
        let kernel = try library.kernel("gather", constants)
        labels.contents = .gathered(largest: dataset.largestLabel)
        let items = ceilDivide(shape.valuesPerSample, gatherPixels)
        try queue.launch(
            kernel,
            groups: WorkSize(x: 1, y: ceilDivide(items, constants.slices), z: shape.models * images.groups),
            of: WorkSize(x: configuration.items, y: constants.slices),
            [
                "pixels": .buffer(dataset.pixels), "classes": .buffer(dataset.labels),
                "order": .buffer(order.indices), "orderLength": .int(order.stride), "start": .int(start),
                "counts": .buffer(buffer(of: counts)), "capacity": .int(shape.samples),
                "images": .buffer(images.buffer), "labels": .buffer(labels.buffer),
            ],
            // One byte is read and four are written.
            work: KernelWork(bytes: 5 * counts.total * shape.valuesPerSample))
    }
}
