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
    /// Eight numbers for each index: `CHANGE_...` in `Gather.cl`; the indices themselves if there are none.
    let changes: DeviceBuffer
    package let shape: SampleOrderShape
    /// The distance between the indices of successive models.
    let stride: Int

    init(indices: DeviceBuffer, changes: DeviceBuffer?, shape: SampleOrderShape, stride: Int) {
        self.indices = indices
        self.changes = changes ?? indices
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

extension ImageChange {
    /// The numbers of a change: `CHANGE_SIZE` in `Gather.cl`.
    fileprivate static let size = 8

    /// Appends the numbers that the kernel reads.
    fileprivate func append(to numbers: inout [Int16]) {
        numbers.append(flips ? 1 : 0)
        numbers.append(rows)
        numbers.append(columns)
        numbers.append(hole.top)
        numbers.append(hole.left)
        numbers.append(hole.bottom)
        numbers.append(hole.right)
        numbers.append(0)
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
        _ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape
    ) throws(BackendError) -> OpenCLSampleOrder {
        let stride = shape.lengths.max() ?? 0
        let indices = perModel.flatMap { $0 + Array(repeating: 0, count: stride - $0.count) }
        let numbers = changes.map { changes in
            var numbers: [Int16] = []
            numbers.reserveCapacity(changes.count * stride * ImageChange.size)
            for model in changes {
                for change in model { change.append(to: &numbers) }
                numbers += repeatElement(0, count: ImageChange.size * (stride - model.count))
            }
            return numbers
        }
        return OpenCLSampleOrder(
            indices: try queue.makeBuffer(indices),
            changes: try numbers.map { numbers throws(BackendError) in try queue.makeBuffer(numbers) }, shape: shape,
            stride: stride)
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
        guard !order.shape.hasChanges else {
            return try gatherChanged(
                from: dataset, order: order, start: start, counts: counts, images: images, labels: labels, constants)
        }
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

    private func gatherChanged(
        from dataset: OpenCLDataset, order: OpenCLSampleOrder, start: Int, counts: SampleCounts,
        images: OpenCLActivation, labels: OpenCLLabels, _ constants: GatherConstants
    ) throws(BackendError) {
        let shape = images.shape
        let items = ceilDivide(shape.valuesPerSample, constants.itemPixels)
        try queue.launch(
            library.kernel("gatherChanged", constants),
            groups: WorkSize(x: 1, y: ceilDivide(items, constants.slices), z: shape.models * images.groups),
            of: WorkSize(x: configuration.items, y: constants.slices),
            [
                "pixels": .buffer(dataset.pixels), "table": .buffer(dataset.table), "classes": .buffer(dataset.labels),
                "order": .ofStep(.order, .buffer(order.indices)),
                "changes": .ofStep(.changes, .buffer(order.changes)),
                "orderLength": .ofStep(.orderLength, .int(order.stride)), "start": .ofStep(.start, .int(start)),
                "counts": .buffer(buffer(of: counts)), "capacity": .int(shape.samples),
                "height": .int(shape.image.height), "width": .int(shape.image.width),
                "images": .buffer(images.buffer), "labels": .buffer(labels.buffer),
            ],
            work: KernelWork(bytes: (4 + dataset.pixelBytes) * counts.total * shape.valuesPerSample))
    }
}
