package import Backend

/// The masks as `[model][sample][word]`.
package final class CPUMasks: MaskStorage {
    package let shape: MaskShape
    var words: [UInt32]

    init(_ shape: MaskShape) {
        self.shape = shape
        words = Array(repeating: 0, count: shape.wordCount)
    }
}

extension CPUBackend {
    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> CPUMasks { CPUMasks(shape) }

    package func uncheckedWrite(_ words: [UInt32], to masks: CPUMasks) throws(BackendError) {
        masks.words = words
    }

    package func uncheckedDropout(
        _ masks: CPUMasks?, start: Int, scales: CPUParameters, input: CPUActivation, counts: SampleCounts,
        output: CPUActivation
    ) throws(BackendError) {
        let count = input.shape.valuesPerSample
        let (source, target) = (input.reader(), output.writer())
        let scratch = try reserveWorkerScratch(source.scratchCount)
        forEachGroup(models: input.shape.models, groups: input.groups, counts: counts) { model, group, used, worker in
            let (values, target) = (source(model, group, in: scratch[worker]), target(model, group))
            target.update(from: values, count: count)
            guard let masks else { return }
            let scale = scales.model(model).pointee
            let lanes = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
            masks.words.withUnsafeBufferPointer { words in
                for lane in 0..<used {
                    let place = model * masks.shape.samples + start + group * Lanes.width + lane
                    let first = place * masks.shape.wordsPerSample
                    for value in 0..<count {
                        let isKept = words[first + value / 32] >> UInt32(value % 32) & 1 == 1
                        lanes[value * Lanes.width + lane] *= isKept ? scale : 0
                    }
                }
            }
        }
    }
}
