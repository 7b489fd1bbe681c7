package import Backend

/// The sequence of data-set indices of each model.
package struct ReferenceSampleOrder {
    let perModel: [[Int32]]
    let shape: SampleOrderShape
}

/// The class of each sample of a step, `[model][sample]`.
package final class ReferenceLabels {
    let shape: LabelShape
    var values: [UInt8]

    init(_ shape: LabelShape) {
        self.shape = shape
        values = Array(repeating: 0, count: shape.count)
    }
}

extension ReferenceBackend: GatherOperations {
    package typealias Dataset = ImageBytes
    package typealias SampleOrder = ReferenceSampleOrder
    package typealias Labels = ReferenceLabels

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> ImageBytes { bytes }

    package func makeSampleOrder(
        _ perModel: [[Int32]], datasetSize: Int
    ) throws(BackendError) -> ReferenceSampleOrder {
        ReferenceSampleOrder(
            perModel: perModel, shape: try SampleOrderShape(of: perModel, datasetSize: datasetSize))
    }

    package func makeLabels(models: Int, samples: Int) throws(BackendError) -> ReferenceLabels {
        ReferenceLabels(LabelShape(models: models, samples: samples))
    }

    package func write(_ values: [UInt8], to labels: ReferenceLabels) throws(BackendError) {
        try requireShape(values.count, is: labels.values.count, "number of labels", operation: "write labels")
        labels.values = values
    }

    package func read(_ labels: ReferenceLabels) throws(BackendError) -> [UInt8] { labels.values }

    package func gather(
        from dataset: ImageBytes, order: ReferenceSampleOrder, start: Int, counts: SampleCounts, images: Activation,
        labels: ReferenceLabels
    ) throws(BackendError) {
        try order.shape.validateGather(
            start: start, counts: counts, from: dataset.shape, images: images.shape, labels: labels.shape)
        let shape = images.shape
        for model in 0..<shape.models {
            for sample in 0..<counts.perModel[model] {
                let source = Int(order.perModel[model][start + sample])
                for feature in 0..<shape.valuesPerSample {
                    let byte = dataset.pixels[source * shape.valuesPerSample + feature]
                    // The quotient is an fp32 number by definition, in every precision.
                    images[model, sample, feature] = Double(Float(byte) / 255)
                }
                labels.values[model * shape.samples + sample] = dataset.labels[source]
            }
        }
        images.clearPadding(counts)
    }
}
