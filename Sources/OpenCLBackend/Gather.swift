package import Backend
import Kernels

/// A data set on the device, as bytes.
package final class OpenCLDataset {
    let pixels: DeviceBuffer
    let labels: DeviceBuffer
    let samples: Int
    let channels: Int
    let image: Extent
    let largestLabel: UInt8

    init(pixels: DeviceBuffer, labels: DeviceBuffer, of bytes: ImageBytes) {
        self.pixels = pixels
        self.labels = labels
        samples = bytes.samples
        channels = bytes.channels
        image = bytes.image
        largestLabel = bytes.labels.max() ?? 0
    }
}

/// The indices that each model goes through, `[model][length]`, on the device.
package final class OpenCLSampleOrder {
    let indices: DeviceBuffer
    /// How many indices each model has.
    let lengths: [Int]
    /// Where the next model's indices begin.
    let stride: Int
    let datasetSize: Int

    init(indices: DeviceBuffer, lengths: [Int], stride: Int, datasetSize: Int) {
        self.indices = indices
        self.lengths = lengths
        self.stride = stride
        self.datasetSize = datasetSize
    }
}

/// The classes of a step's samples, `[model][sample]`, on the device.
package final class OpenCLLabels {
    let buffer: DeviceBuffer
    let models: Int
    let samples: Int
    /// What the memory holds, as far as the host needs to know in order to refuse labels that are not classes.
    var contents = Contents.written([])

    /// Where the labels come from.
    enum Contents {
        /// The host wrote these; empty for nothing but zeros.
        case written([UInt8])
        /// Gathered from a data set with this largest label.
        case gathered(largest: UInt8)
    }

    init(buffer: DeviceBuffer, models: Int, samples: Int) {
        self.buffer = buffer
        self.models = models
        self.samples = samples
    }
}

extension OpenCLLabels {
    /// Throws unless these are the labels of activations of the given shape.
    func requireRoom(for shape: ActivationShape, operation: String) throws(BackendError) {
        guard models == shape.models, samples == shape.samples else {
            throw .shapeMismatch(
                operation: operation, expected: "labels [\(shape.models), \(shape.samples)]",
                found: "[\(models), \(samples)]")
        }
    }

    /// Throws unless every label in use is below `classes`.
    func requireClasses(_ classes: Int, counts: SampleCounts, operation: String) throws(BackendError) {
        let largest: UInt8
        switch contents {
        case .gathered(let value): largest = value
        case .written(let values) where values.isEmpty: largest = 0
        case .written(let values):
            let used = counts.perModel.enumerated().map { model, count in
                values[model * samples..<model * samples + count].max() ?? 0
            }
            largest = used.max() ?? 0
        }
        guard Int(largest) < classes else {
            throw .shapeMismatch(operation: operation, expected: "labels below \(classes)", found: "\(largest)")
        }
    }
}

extension OpenCLBackend {
    /// Consecutive pixels that a work-item of the kernel gathers: GATHER_PIXELS.
    private static let gatherPixels = 8

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> OpenCLDataset {
        OpenCLDataset(
            pixels: try queue.makeBuffer(bytes.pixels), labels: try queue.makeBuffer(bytes.labels), of: bytes)
    }

    package func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> OpenCLSampleOrder {
        if let wrong = perModel.joined().first(where: { !(0..<datasetSize).contains(Int($0)) }) {
            throw .shapeMismatch(
                operation: "sample order", expected: "indices in 0..<\(datasetSize)", found: "\(wrong)")
        }
        let stride = perModel.map(\.count).max() ?? 0
        let indices = perModel.flatMap { $0 + Array(repeating: 0, count: stride - $0.count) }
        return OpenCLSampleOrder(
            indices: try queue.makeBuffer(indices), lengths: perModel.map(\.count), stride: stride,
            datasetSize: datasetSize)
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> OpenCLLabels {
        OpenCLLabels(
            buffer: try queue.makeBuffer(byteCount: models * samples), models: models, samples: samples)
    }

    package func write(_ values: [UInt8], to labels: OpenCLLabels) throws(BackendError) {
        guard values.count == labels.models * labels.samples else {
            throw .shapeMismatch(
                operation: "write labels", expected: "[\(labels.models), \(labels.samples)] values",
                found: "\(values.count)")
        }
        try queue.write(values, to: labels.buffer)
        labels.contents = .written(values)
    }

    package func read(_ labels: OpenCLLabels) throws(BackendError) -> [UInt8] {
        try queue.read(labels.buffer, as: UInt8.self, count: labels.models * labels.samples)
    }

    package func gather(
        from dataset: OpenCLDataset, order: OpenCLSampleOrder, start: Int, counts: SampleCounts,
        images: OpenCLActivation, labels: OpenCLLabels
    ) throws(BackendError) {
        let operation = "gather"
        let shape = images.shape
        var expected = shape
        expected.channels = dataset.channels
        expected.image = dataset.image
        try requireShape(shape, is: expected, "images", operation: operation)
        try counts.validate(for: shape, operation: operation)
        try labels.requireRoom(for: shape, operation: operation)
        guard order.datasetSize <= dataset.samples, order.lengths.count == shape.models else {
            throw .shapeMismatch(
                operation: operation,
                expected: "the order of \(shape.models) models in at most \(dataset.samples) samples",
                found: "\(order.lengths.count) models, \(order.datasetSize) samples")
        }
        for (model, count) in counts.perModel.enumerated() where count > 0 {
            guard start >= 0, start + count <= order.lengths[model] else {
                throw .shapeMismatch(
                    operation: operation, expected: "samples inside the order of \(order.lengths[model])",
                    found: "\(start)..<\(start + count) for model \(model)")
            }
        }

        let slices = configuration.slices
        let kernel = try library.kernels(["gather"], in: .gather, constants: constants(slices: slices))[0]
        labels.contents = .gathered(largest: dataset.largestLabel)
        let items = ceilDivide(shape.valuesPerSample, Self.gatherPixels)
        try queue.launch(
            kernel,
            groups: WorkSize(x: 1, y: ceilDivide(items, slices), z: shape.models * images.groups),
            of: WorkSize(x: configuration.items, y: slices),
            [
                .buffer(dataset.pixels), .buffer(dataset.labels), .int(shape.valuesPerSample), .buffer(order.indices),
                .int(order.stride), .int(start), .buffer(try buffer(of: counts)), .buffer(quotients),
                .int(images.groups), .int(shape.samples), .buffer(images.buffer), .buffer(labels.buffer),
            ])
    }
}
