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
    let shape: SampleOrderShape

    init(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) {
        shape = try SampleOrderShape(of: perModel, datasetSize: datasetSize)
        self.perModel = perModel
    }
}

/// Classes of the samples of a step as `[model][sample]`.
package final class CPULabels {
    let shape: LabelShape
    private let memory: AlignedMemory<UInt8>

    init(_ shape: LabelShape) throws(BackendError) {
        self.shape = shape
        memory = try AlignedMemory(count: shape.count)
    }

    /// The classes of one model's samples.
    func model(_ model: Int) -> UnsafeMutablePointer<UInt8> { memory.pointer + model * shape.samples }

    /// All classes.
    var all: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory.pointer, count: shape.count) }
}

extension CPUBackend {
    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> CPUDataset {
        CPUDataset(bytes)
    }

    package func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> CPUSampleOrder {
        try CPUSampleOrder(perModel, datasetSize: datasetSize)
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> CPULabels {
        try CPULabels(LabelShape(models: models, samples: samples))
    }

    package func write(_ values: [UInt8], to labels: CPULabels) throws(BackendError) {
        try requireShape(values.count, is: labels.shape.count, "number of labels", operation: "write labels")
        for (index, value) in values.enumerated() { labels.model(0)[index] = value }
    }

    package func read(_ labels: CPULabels) throws(BackendError) -> [UInt8] {
        Array(labels.all)
    }

    package func gather(
        from dataset: CPUDataset, order: CPUSampleOrder, start: Int, counts: SampleCounts, images: CPUActivation,
        labels: CPULabels
    ) throws(BackendError) {
        try order.shape.validateGather(
            start: start, counts: counts, from: dataset.bytes.shape, images: images.shape, labels: labels.shape)
        let shape = images.shape
        let (groups, values, quotients) = (images.groups, shape.valuesPerSample, quotients.pointer)
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
                        for value in 0..<values { lanes[value * Lanes.width + lane] = quotients[Int(image[value])] }
                    }
                }
            }
        }
    }
}
