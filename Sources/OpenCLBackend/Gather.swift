package import Backend
import Kernels

/// A data set on the device, as bytes.
package final class OpenCLDataset: DatasetStorage {
    let pixels: DeviceBuffer
    let labels: DeviceBuffer
    /// The table of the values; one number for those without a table.
    let table: DeviceBuffer
    let hasTable: Bool
    /// The bytes of a pixel.
    let pixelBytes: Int
    package let shape: ActivationShape
    package let largestLabel: UInt8

    init(pixels: DeviceBuffer, labels: DeviceBuffer, table: DeviceBuffer, of bytes: ImageBytes) {
        self.pixels = pixels
        self.labels = labels
        self.table = table
        hasTable = if case .table = bytes.values { true } else { false }
        pixelBytes = bytes.values.bytes
        shape = bytes.shape
        largestLabel = bytes.labels.max() ?? 0
    }
}

/// The sequence of data-set indices of each model, `[model][length]`, on the device.
package final class OpenCLSampleOrder: SampleOrderStorage {
    let indices: DeviceBuffer
    package let shape: SampleOrderShape
    /// The distance between the indices of successive models.
    let stride: Int

    init(indices: DeviceBuffer, shape: SampleOrderShape, stride: Int) {
        self.indices = indices
        self.shape = shape
        self.stride = stride
    }
}

/// The classes of the samples of a step, `[model][sample]`, on the device.
package final class OpenCLLabels: LabelStorage {
    let buffer: DeviceBuffer
    package let shape: LabelShape
    package var contents = LabelContents.zero

    init(buffer: DeviceBuffer, shape: LabelShape) {
        self.buffer = buffer
        self.shape = shape
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
    /// The pixels of an image in one channel, for a table of values; nil without one.
    var tableArea: Int?
    var hasFloats: Bool

    var macros: [String: Int] {
        var macros = ["PIXELS": pixels, "GROUPS": groups, "GATHER_PIXELS": itemPixels, "SLICES": slices]
        macros["TABLE_AREA"] = tableArea
        if hasFloats { macros["FLOATS"] = 1 }
        return macros
    }
}

extension OpenCLBackend {
    /// The consecutive pixels per work-item, of an image with `pixels` pixels in all channels.
    ///
    /// A work-item with vectors keeps them in private memory, of which it has enough for 512 pixels; the parts of an image are
    /// about equal.
    private func gatherPixels(of pixels: Int) -> Int {
        guard configuration.vector > 1 else { return 8 }
        let parts = ceilDivide(pixels, 512)
        return ceilDivide(ceilDivide(pixels, parts), 8) * 8
    }

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> OpenCLDataset {
        let table: [Float] = if case .table(let table) = bytes.values { table } else { [0] }
        return OpenCLDataset(
            pixels: try queue.makeBuffer(bytes.pixels), labels: try queue.makeBuffer(bytes.labels),
            table: try queue.makeBuffer(table), of: bytes)
    }

    package func uncheckedMakeSampleOrder(
        _ perModel: [[Int32]], shape: SampleOrderShape
    ) throws(BackendError) -> OpenCLSampleOrder {
        let stride = shape.lengths.max() ?? 0
        let indices = perModel.flatMap { $0 + Array(repeating: 0, count: stride - $0.count) }
        return OpenCLSampleOrder(indices: try queue.makeBuffer(indices), shape: shape, stride: stride)
    }

    package func makeLabels(_ shape: LabelShape) throws(BackendError) -> OpenCLLabels {
        OpenCLLabels(buffer: try queue.makeBuffer(byteCount: shape.count), shape: shape)
    }

    package func uncheckedWrite(_ values: [UInt8], to labels: OpenCLLabels) throws(BackendError) {
        try queue.write(values, to: labels.buffer)
    }

    package func read(_ labels: OpenCLLabels) throws(BackendError) -> [UInt8] {
        try queue.read(labels.buffer, as: UInt8.self, count: labels.shape.count)
    }

    package func uncheckedGather(
        from dataset: OpenCLDataset, order: OpenCLSampleOrder, start: Int, counts: SampleCounts,
        images: OpenCLActivation, labels: OpenCLLabels
    ) throws(BackendError) {
        let shape = images.shape
        let constants = GatherConstants(
            pixels: shape.valuesPerSample, groups: images.groups, itemPixels: gatherPixels(of: shape.valuesPerSample),
            slices: configuration.sumOrder.planeSlices, tableArea: dataset.hasTable ? shape.image.area : nil,
            hasFloats: dataset.pixelBytes > 1)
        let kernel = try library.kernel("gather", constants)
        let items = ceilDivide(shape.valuesPerSample, constants.itemPixels)
        try queue.launch(
            kernel,
            groups: WorkSize(x: 1, y: ceilDivide(items, constants.slices), z: shape.models * images.groups),
            of: WorkSize(x: configuration.items, y: constants.slices),
            [
                "pixels": .buffer(dataset.pixels), "table": .buffer(dataset.table), "classes": .buffer(dataset.labels),
                "order": .ofStep(.order, .buffer(order.indices)),
                "orderLength": .ofStep(.orderLength, .int(order.stride)), "start": .ofStep(.start, .int(start)),
                "counts": .buffer(buffer(of: counts)), "capacity": .int(shape.samples),
                "images": .buffer(images.buffer), "labels": .buffer(labels.buffer),
            ],
            // A pixel is read, and four bytes are written.
            work: KernelWork(bytes: (4 + dataset.pixelBytes) * counts.total * shape.valuesPerSample))
    }
}
