package import Backend

/// The class of each sample of a step, `[model][sample]`.
package final class ReferenceLabels {
    let models: Int
    let samples: Int
    var values: [UInt8]

    init(models: Int, samples: Int) {
        self.models = models
        self.samples = samples
        values = Array(repeating: 0, count: models * samples)
    }
}

extension ReferenceBackend: GatherOperations {
    package typealias Dataset = ImageBytes
    package typealias SampleOrder = [[Int32]]
    package typealias Labels = ReferenceLabels

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> ImageBytes { bytes }

    package func makeSampleOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> [[Int32]] {
        if let outside = perModel.joined().first(where: { !(0..<datasetSize).contains(Int($0)) }) {
            throw .shapeMismatch(
                operation: "sample order", expected: "indices in 0..<\(datasetSize)", found: "\(outside)")
        }
        return perModel
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> ReferenceLabels {
        ReferenceLabels(models: models, samples: samples)
    }

    package func write(_ values: [UInt8], to labels: ReferenceLabels) throws(BackendError) {
        try requireShape(values.count, is: labels.values.count, "number of labels", operation: "write labels")
        labels.values = values
    }

    package func read(_ labels: ReferenceLabels) throws(BackendError) -> [UInt8] { labels.values }

    package func gather(
        from dataset: ImageBytes, order: [[Int32]], start: Int, counts: SampleCounts, images: Activation,
        labels: ReferenceLabels
    ) throws(BackendError) {
        let operation = "gather"
        let shape = images.shape
        var expected = shape
        expected.channels = dataset.channels
        expected.image = dataset.image
        try requireShape(shape, is: expected, "images", operation: operation)
        try requireShape(order.count, is: shape.models, "orders of models", operation: operation)
        try requireShape(labels.models, is: shape.models, "models of labels", operation: operation)
        try requireShape(labels.samples, is: shape.samples, "samples of labels", operation: operation)
        try counts.validate(for: shape, operation: operation)
        for model in 0..<shape.models {
            for sample in 0..<counts.perModel[model] {
                let source = Int(order[model][start + sample])
                for feature in 0..<shape.valuesPerSample {
                    let byte = dataset.pixels[source * shape.valuesPerSample + feature]
                    // The quotient is an fp32 number by definition, whatever the precision of the rest.
                    images[model, sample, feature] = Double(Float(byte) / 255)
                }
                labels.values[model * shape.samples + sample] = dataset.labels[source]
            }
        }
        images.clearPadding(counts)
    }
}
