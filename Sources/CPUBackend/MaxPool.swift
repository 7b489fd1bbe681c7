package import Backend

extension CPUBackend {
    package func maxPool(
        _ pool: MaxPool, input: CPUActivation, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        try pool.validate(input: input.shape, output: output.shape, counts: counts, operation: "max-pool")
        let plan = PoolPlan(pool, input: input.shape.image)
        let channels = input.shape.channels
        forEachGroup(models: input.shape.models, groups: input.groups, counts: counts) { model, group, _, _ in
            for channel in 0..<channels {
                plan.maxima(
                    of: input.group(model, group) + channel * plan.inputArea,
                    output: output.group(model, group) + channel * plan.outputArea)
            }
        }
    }

    package func maxPoolGradient(
        _ pool: MaxPool, input: CPUActivation, outputGradient: CPUActivation, counts: SampleCounts,
        inputGradient: CPUActivation
    ) throws(BackendError) {
        let operation = "max-pool gradient"
        try pool.validate(input: input.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try requireShape(inputGradient.shape, is: input.shape, "input gradient", operation: operation)
        let plan = PoolPlan(pool, input: input.shape.image)
        let channels = input.shape.channels
        forEachGroup(models: input.shape.models, groups: input.groups, counts: counts) { model, group, _, _ in
            for channel in 0..<channels {
                plan.gradient(
                    of: input.group(model, group) + channel * plan.inputArea,
                    outputGradient: outputGradient.group(model, group) + channel * plan.outputArea,
                    inputGradient: inputGradient.group(model, group) + channel * plan.inputArea)
            }
        }
    }
}

/// Max-pooling of one channel of a lane group.
private struct PoolPlan {
    let kernel: Extent
    let step: Extent
    let input: Extent
    let output: Extent

    init(_ pool: MaxPool, input: Extent) {
        kernel = pool.kernel
        step = pool.stride
        self.input = input
        output = pool.output(for: input)
    }

    var inputArea: Int { input.area }
    var outputArea: Int { output.area }

    /// The largest value of each window.
    func maxima(of values: UnsafePointer<Vector>, output maxima: UnsafeMutablePointer<Vector>) {
        for row in 0..<output.height {
            for column in 0..<output.width {
                let window = values + row * step.height * input.width + column * step.width
                var best = window[0]
                for y in 0..<kernel.height {
                    for x in 0..<kernel.width {
                        let value = window[y * input.width + x]
                        best.replace(with: value, where: wins(value, over: best))
                    }
                }
                maxima[row * output.width + column] = best
            }
        }
    }

    /// Gives the gradient of each window to the input that won it.
    func gradient(
        of values: UnsafePointer<Vector>, outputGradient: UnsafePointer<Vector>,
        inputGradient: UnsafeMutablePointer<Vector>
    ) {
        inputGradient.update(repeating: Vector(), count: inputArea)
        for row in 0..<output.height {
            for column in 0..<output.width {
                let corner = row * step.height * input.width + column * step.width
                let window = values + corner
                var best = window[0]
                var winner = Vector.MaskStorage()
                for y in 0..<kernel.height {
                    for x in 0..<kernel.width {
                        let value = window[y * input.width + x]
                        let wins = wins(value, over: best)
                        best.replace(with: value, where: wins)
                        winner.replace(with: Int32(truncatingIfNeeded: y * kernel.width + x), where: wins)
                    }
                }
                let gradient = outputGradient[row * output.width + column]
                let target = inputGradient + corner
                for y in 0..<kernel.height {
                    for x in 0..<kernel.width {
                        let won = winner .== Int32(truncatingIfNeeded: y * kernel.width + x)
                        target[y * input.width + x] += Vector().replacing(with: gradient, where: won)
                    }
                }
            }
        }
    }

    /// Where a value takes the place of the best before it: larger, or not a number.
    @inline(__always)
    private func wins(_ value: Vector, over best: Vector) -> LaneMask {
        (value .> best) .| (value .!= value)
    }
}
