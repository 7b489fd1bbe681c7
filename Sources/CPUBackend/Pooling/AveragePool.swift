package import Backend

extension CPUBackend {
    package func uncheckedAveragePool(
        _ pool: AveragePool, input: CPUActivation, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let (image, result) = (input.shape.image, output.shape.image)
        let (source, target) = (input.reader(), output.writer())
        let scratch = try reserveWorkerScratch(source.scratchCount)
        let size = Vector(repeating: Float(pool.kernel.area))
        forEachGroup(models: input.shape.models, groups: input.groups, counts: counts) { model, group, _, worker in
            let (values, target) = (source(model, group, in: scratch[worker]), target(model, group))
            for channel in 0..<input.shape.channels {
                for row in 0..<result.height {
                    for column in 0..<result.width {
                        let window =
                            values + channel * image.area + row * pool.stride.height * image.width
                            + column * pool.stride.width
                        // Each row has separate sums: shorter chains of additions are more accurate.
                        var total = Vector()
                        for line in 0..<pool.kernel.height {
                            total += sum(of: window + line * image.width, count: pool.kernel.width)
                        }
                        target[channel * result.area + row * result.width + column] = total / size
                    }
                }
            }
        }
    }

    package func uncheckedAveragePoolGradient(
        _ pool: AveragePool, outputGradient: CPUActivation, counts: SampleCounts, inputGradient: CPUActivation
    ) throws(BackendError) {
        let (shape, result) = (inputGradient.shape, outputGradient.shape.image)
        let image = shape.image
        let (source, target) = (materialized(outputGradient), inputGradient.writer())
        let size = Vector(repeating: Float(pool.kernel.area))
        forEachGroup(models: shape.models, groups: inputGradient.groups, counts: counts) { model, group, _, _ in
            let (gradients, target) = (source(model, group), target(model, group))
            target.update(repeating: Vector(), count: shape.valuesPerSample)
            for channel in 0..<shape.channels {
                for row in 0..<result.height {
                    for column in 0..<result.width {
                        let share = gradients[channel * result.area + row * result.width + column] / size
                        let window =
                            target + channel * image.area + row * pool.stride.height * image.width
                            + column * pool.stride.width
                        for line in 0..<pool.kernel.height {
                            for pixel in 0..<pool.kernel.width { window[line * image.width + pixel] += share }
                        }
                    }
                }
            }
        }
    }
}
