package import Backend

extension CPUBackend {
    package func uncheckedPaddedShortcut(
        _ shortcut: PaddedShortcut, input: CPUActivation, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let (source, target) = (input.reader(), output.writer())
        let scratch = try reserveWorkerScratch(source.scratchCount)
        let count = output.shape.valuesPerSample
        forEachGroup(models: input.shape.models, groups: input.groups, counts: counts) { model, group, _, worker in
            let (values, target) = (source(model, group, in: scratch[worker]), target(model, group))
            target.update(repeating: Vector(), count: count)
            shortcut.forEachCopy { input, output in target[output] = values[input] }
        }
    }

    package func uncheckedPaddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: CPUActivation, counts: SampleCounts, inputGradient: CPUActivation,
        accumulate: Bool
    ) throws(BackendError) {
        let source = materialized(outputGradient)
        if accumulate { _ = materialized(inputGradient) }
        let (target, count) = (inputGradient.writer(), inputGradient.shape.valuesPerSample)
        forEachGroup(
            models: inputGradient.shape.models, groups: inputGradient.groups, counts: counts
        ) { model, group, _, _ in
            let (gradients, target) = (source(model, group), target(model, group))
            if !accumulate { target.update(repeating: Vector(), count: count) }
            shortcut.forEachCopy { input, output in target[input] += gradients[output] }
        }
    }
}

extension PaddedShortcut {
    /// Calls `body` with the indices of every copied value in an input and in an output sample.
    @inline(__always)
    fileprivate func forEachCopy(_ body: (_ input: Int, _ output: Int) -> Void) {
        let (image, result) = (input.image, output.image)
        for channel in 0..<input.channels {
            for row in 0..<result.height {
                for column in 0..<result.width {
                    body(
                        channel * image.area + row * stride.height * image.width + column * stride.width,
                        (channelsBefore + channel) * result.area + row * result.width + column)
                }
            }
        }
    }
}
