package import Backend

/// A data set as bytes.
package final class CPUDataset {
    let bytes: ImageBytes

    init(_ bytes: ImageBytes) {
        self.bytes = bytes
    }
}

/// The order in which each model goes through a data set.
package final class CPUSampleOrder {
    let perModel: [[Int32]]
    let datasetSize: Int

    init(perModel: [[Int32]], datasetSize: Int) {
        self.perModel = perModel
        self.datasetSize = datasetSize
    }
}

/// Classes of the samples of a step as `[model][sample]`.
package final class CPULabels {
    let models: Int
    let samples: Int
    private let memory: AlignedMemory<UInt8>

    init(models: Int, samples: Int) throws(BackendError) {
        self.models = models
        self.samples = samples
        memory = try AlignedMemory(count: models * samples)
    }

    /// The classes of one model's samples.
    func model(_ model: Int) -> UnsafeMutablePointer<UInt8> { memory.pointer + model * samples }
}

extension CPUBackend {
    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> CPUDataset {
        CPUDataset(bytes)
    }

    package func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> CPUSampleOrder {
        for (model, order) in perModel.enumerated() {
            if let index = order.first(where: { !(0..<datasetSize).contains(Int($0)) }) {
                throw .shapeMismatch(
                    operation: "make sample order", expected: "indices in 0..<\(datasetSize)",
                    found: "\(index) for model \(model)")
            }
        }
        return CPUSampleOrder(perModel: perModel, datasetSize: datasetSize)
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> CPULabels {
        try CPULabels(models: models, samples: samples)
    }

    package func write(_ values: [UInt8], to labels: CPULabels) throws(BackendError) {
        guard values.count == labels.models * labels.samples else {
            throw .shapeMismatch(
                operation: "write labels", expected: "[\(labels.models), \(labels.samples)] values",
                found: "\(values.count)")
        }
        for (index, value) in values.enumerated() { labels.model(0)[index] = value }
    }

    package func read(_ labels: CPULabels) throws(BackendError) -> [UInt8] {
        Array(UnsafeBufferPointer(start: labels.model(0), count: labels.models * labels.samples))
    }

    package func gather(
        from dataset: CPUDataset, order: CPUSampleOrder, start: Int, counts: SampleCounts, images: CPUActivation,
        labels: CPULabels
    ) throws(BackendError) {
        let operation = "gather"
        let shape = images.shape
        var expected = shape
        expected.channels = dataset.bytes.channels
        expected.image = dataset.bytes.image
        try requireShape(shape, is: expected, "images", operation: operation)
        try counts.validate(for: shape, operation: operation)
        guard labels.models == shape.models, labels.samples == shape.samples else {
            throw .shapeMismatch(
                operation: operation, expected: "labels [\(shape.models), \(shape.samples)]",
                found: "[\(labels.models), \(labels.samples)]")
        }
        guard order.datasetSize <= dataset.bytes.samples, order.perModel.count == shape.models else {
            throw .shapeMismatch(
                operation: operation,
                expected: "the order of \(shape.models) models in at most \(dataset.bytes.samples) samples",
                found: "\(order.perModel.count) models, \(order.datasetSize) samples")
        }
        for model in 0..<shape.models where start < 0 || start + counts.perModel[model] > order.perModel[model].count {
            guard counts.perModel[model] > 0 else { continue }
            throw .shapeMismatch(
                operation: operation, expected: "samples inside the order of \(order.perModel[model].count)",
                found: "\(start)..<\(start + counts.perModel[model]) for model \(model)")
        }

        let (groups, values) = (images.groups, shape.valuesPerSample)
        dataset.bytes.pixels.withUnsafeBufferPointer { pixels in
            dataset.bytes.labels.withUnsafeBufferPointer { classes in
                guard let pixels = pixels.baseAddress else { return }
                pool.run(shape.models * groups) { task, _ in
                    let (model, group) = task.quotientAndRemainder(dividingBy: groups)
                    let used = Lanes.used(group: group, count: counts.perModel[model])
                    let target = images.group(model, group)
                    if used < Lanes.width { target.update(repeating: Vector(), count: values) }
                    let lanes = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
                    for lane in 0..<used {
                        let sample = group * Lanes.width + lane
                        let index = Int(order.perModel[model][start + sample])
                        labels.model(model)[sample] = classes[index]
                        let image = pixels + index * values
                        // A true quotient: multiplying by 1/255 would round 126 of the 256 values differently.
                        for value in 0..<values { lanes[value * Lanes.width + lane] = Float(image[value]) / 255 }
                    }
                }
            }
        }
    }
}
