package import Backend

/// The masks of each model, `[sample][word]`, as long as those of the largest order.
package final class ReferenceMasks: MaskStorage {
    package let shape: MaskShape
    var perModel: [[UInt32]]

    init(_ shape: MaskShape) {
        self.shape = shape
        perModel = Array(
            repeating: Array(repeating: 0, count: shape.samples * shape.wordsPerSample), count: shape.models)
    }
}

/// `y = x s` where the mask has a bit, and `x 0` elsewhere.
extension ReferenceBackend: DropoutOperations {
    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> ReferenceMasks { ReferenceMasks(shape) }

    package func uncheckedWrite(_ perModel: [[UInt32]], to masks: ReferenceMasks) throws(BackendError) {
        let count = masks.shape.samples * masks.shape.wordsPerSample
        masks.perModel = perModel.map { $0 + repeatElement(0, count: count - $0.count) }
    }

    package func uncheckedDropout(
        _ masks: ReferenceMasks?, start: Int, scales: Parameters, input: Activation, counts: SampleCounts,
        output: Activation
    ) throws(BackendError) {
        for model in 0..<input.shape.models {
            for sample in 0..<counts.perModel[model] {
                for value in 0..<input.shape.valuesPerSample {
                    guard let masks else {
                        output[model, sample, value] = input[model, sample, value]
                        continue
                    }
                    let word = masks.perModel[model][(start + sample) * masks.shape.wordsPerSample + value / 32]
                    let isKept = word >> UInt32(value % 32) & 1 == 1
                    output[model, sample, value] = stored(
                        input[model, sample, value] * (isKept ? scales.values[model] : 0))
                }
            }
        }
    }
}
