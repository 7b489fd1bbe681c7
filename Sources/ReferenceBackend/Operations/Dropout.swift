package import Backend

/// The masks as `[model][sample][word]`.
package final class ReferenceMasks: MaskStorage {
    package let shape: MaskShape
    var words: [UInt32]

    init(_ shape: MaskShape) {
        self.shape = shape
        words = Array(repeating: 0, count: shape.wordCount)
    }
}

/// `y = x s` where the mask has a bit, and `x 0` elsewhere.
extension ReferenceBackend: DropoutOperations {
    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> ReferenceMasks { ReferenceMasks(shape) }

    package func uncheckedWrite(_ words: [UInt32], to masks: ReferenceMasks) throws(BackendError) {
        masks.words = words
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
                    let place = model * masks.shape.samples + start + sample
                    let word = masks.words[place * masks.shape.wordsPerSample + value / 32]
                    let isKept = word >> UInt32(value % 32) & 1 == 1
                    output[model, sample, value] = stored(
                        input[model, sample, value] * (isKept ? scales.values[model] : 0))
                }
            }
        }
    }
}
