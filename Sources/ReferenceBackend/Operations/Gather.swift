package import Backend

/// The sequence of data-set indices of each model.
package final class ReferenceSampleOrder: SampleOrderStorage {
    let perModel: [[Int32]]
    let changes: [[ImageChange]]?
    package let shape: SampleOrderShape

    init(_ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape) {
        self.perModel = perModel
        self.changes = changes
        self.shape = shape
    }
}

/// A data set as bytes.
package final class ReferenceDataset: DatasetStorage {
    let bytes: ImageBytes

    init(_ bytes: ImageBytes) {
        self.bytes = bytes
    }

    package var shape: ActivationShape { bytes.shape }
    package var largestLabel: UInt8 { bytes.labels.max() ?? 0 }

    /// What the network reads for a pixel of a sample.
    func value(_ sample: Int, _ feature: Int) -> Float {
        let index = sample * shape.valuesPerSample + feature
        switch bytes.values {
        case .quotients: return Float(bytes.pixels[index]) / 255
        case .table(let table): return table[256 * (feature / bytes.image.area) + Int(bytes.pixels[index])]
        case .floats:
            return bytes.pixels.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
        }
    }
}

/// The class of each sample of a step, `[model][sample]`.
package final class ReferenceLabels: LabelStorage {
    package let shape: LabelShape
    package var contents = LabelContents.zero
    var values: [UInt8]

    init(_ shape: LabelShape) {
        self.shape = shape
        values = Array(repeating: 0, count: shape.count)
    }
}

extension ReferenceBackend: GatherOperations {
    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> ReferenceDataset { ReferenceDataset(bytes) }

    package func uncheckedMakeSampleOrder(
        _ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape
    ) throws(BackendError) -> ReferenceSampleOrder {
        ReferenceSampleOrder(perModel, changes: changes, shape: shape)
    }

    package func makeLabels(_ shape: LabelShape) throws(BackendError) -> ReferenceLabels { ReferenceLabels(shape) }

    package func uncheckedWrite(_ values: [UInt8], to labels: ReferenceLabels) throws(BackendError) {
        labels.values = values
    }

    package func read(_ labels: ReferenceLabels) throws(BackendError) -> [UInt8] { labels.values }

    package func uncheckedGather(
        from dataset: ReferenceDataset, order: ReferenceSampleOrder, start: Int, counts: SampleCounts,
        images: Activation, labels: ReferenceLabels
    ) throws(BackendError) {
        let shape = images.shape
        for model in 0..<shape.models {
            for sample in 0..<counts.perModel[model] {
                let source = Int(order.perModel[model][start + sample])
                let change = order.changes?[model][start + sample] ?? ImageChange()
                for feature in 0..<shape.valuesPerSample {
                    let (channel, pixel) = feature.quotientAndRemainder(dividingBy: shape.image.area)
                    let (row, column) = pixel.quotientAndRemainder(dividingBy: shape.image.width)
                    guard let place = change.source(row: row, column: column, in: shape.image) else {
                        images[model, sample, feature] = 0
                        continue
                    }
                    let index = (channel * shape.image.height + place.row) * shape.image.width + place.column
                    // The value is an fp32 number by definition, in every precision.
                    images[model, sample, feature] = Double(dataset.value(source, index))
                }
                labels.values[model * shape.samples + sample] = dataset.bytes.labels[source]
            }
        }
        images.clearPadding(counts)
    }
}
