package import Backend

/// The masks of each model, `[sample][word]`, as long as those of the largest order.
package final class CPUMasks: MaskStorage {
    package let shape: MaskShape
    var perModel: [[UInt32]]

    init(_ shape: MaskShape) {
        self.shape = shape
        perModel = Array(
            repeating: Array(repeating: 0, count: shape.samples * shape.wordsPerSample), count: shape.models)
    }
}

extension CPUBackend {
    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> CPUMasks { CPUMasks(shape) }

    package func uncheckedWrite(_ perModel: [[UInt32]], to masks: CPUMasks) throws(BackendError) {
        let count = masks.shape.samples * masks.shape.wordsPerSample
        masks.perModel = perModel.map { $0 + repeatElement(0, count: count - $0.count) }
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
            masks.perModel[model].withUnsafeBufferPointer { words in
                for lane in 0..<used {
                    let first = (start + group * Lanes.width + lane) * masks.shape.wordsPerSample
                    for value in 0..<count {
                        let isKept = words[first + value / 32] >> UInt32(value % 32) & 1 == 1
                        lanes[value * Lanes.width + lane] *= isKept ? scale : 0
                    }
                }
            }
        }
    }
}
