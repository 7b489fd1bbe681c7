package import Backend

extension CPUBackend {
    package func linear(
        input: CPUActivation, weights: Slice, bias: Slice, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let shape = input.shape
        try validateLinear(
            input: shape, output: output.shape, weights: weights, bias: bias, counts: counts, operation: "linear")
        try multiply(
            source: input, taps: shape.valuesPerSample, result: output, channels: output.shape.channels,
            weights: weights, tapStride: 1, channelStride: shape.valuesPerSample, bias: bias, counts: counts)
    }

    package func linearInputGradient(
        outputGradient: CPUActivation, weights: Slice, counts: SampleCounts, inputGradient: CPUActivation
    ) throws(BackendError) {
        let shape = inputGradient.shape
        try validateLinear(
            input: shape, output: outputGradient.shape, weights: weights, bias: nil, counts: counts,
            operation: "linear input gradient")
        try multiply(
            source: outputGradient, taps: outputGradient.shape.channels, result: inputGradient,
            channels: shape.valuesPerSample, weights: weights, tapStride: shape.valuesPerSample, channelStride: 1,
            bias: nil, counts: counts)
    }

    package func linearParameterGradients(
        input: CPUActivation, outputGradient: CPUActivation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: outputGradient.shape, weights: weightGradient, bias: biasGradient,
            counts: counts, operation: "linear parameter gradients")
        let (outputs, features, groups) = (outputGradient.shape.channels, input.shape.valuesPerSample, input.groups)
        // The gradients in the outputs with zeros in the padding lanes, `[model][group][output]`.
        let masked = try reserveSharedScratch(input.shape.models * groups * outputs, of: Vector.self)
        forEachGroup(models: input.shape.models, groups: groups, counts: counts) { model, group, used, _ in
            let padding = Lanes.padding(after: used)
            let source = outputGradient.group(model, group)
            let target = masked + (model * groups + group) * outputs
            for output in 0..<outputs { target[output] = source[output].replacing(with: 0, where: padding) }
        }
        let featuresPerTask = 64
        let tasks = (features + featuresPerTask - 1) / featuresPerTask
        pool.run(input.shape.models * tasks) { task, _ in
            let (model, part) = task.quotientAndRemainder(dividingBy: tasks)
            let count = counts.perModel[model]
            let gradients = masked + model * groups * outputs
            let target = weightGradient.model(model)
            let used = Lanes.groups(for: count)
            let lastPadding = Lanes.padding(after: Lanes.used(group: used - 1, count: count))
            for feature in part * featuresPerTask..<min((part + 1) * featuresPerTask, features) {
                for output in 0..<outputs {
                    var sum = Vector()
                    for group in 0..<used {
                        var value = input.group(model, group)[feature]
                        if group == used - 1 { value.replace(with: 0, where: lastPadding) }
                        sum.addProduct(gradients[group * outputs + output], value)
                    }
                    target[output * features + feature] = sum.sum()
                }
            }
            guard part == 0 else { return }
            for output in 0..<outputs {
                var sum = Vector()
                for group in 0..<used { sum += gradients[group * outputs + output] }
                biasGradient.model(model)[output] = sum.sum()
            }
        }
    }

    /// `result[channel] = bias[channel] + sum over taps of weights[tap, channel] * source[tap]` in every sample.
    ///
    /// The micro-kernel of the convolutions does it, with lane groups in the place of pixels.
    private func multiply(
        source: CPUActivation, taps: Int, result: CPUActivation, channels: Int, weights: Slice, tapStride: Int,
        channelStride: Int, bias: Slice?, counts: SampleCounts
    ) throws(BackendError) {
        let (models, groups) = (source.shape.models, source.groups)
        let width = ConvolutionTile.channels
        let blocks = (channels + width - 1) / width
        let modelStride = blocks * (taps + 1) * width
        let packed = try reserveSharedScratch(taps * 2 + models * modelStride, of: Float.self)
        let scratch = try reserveWorkerScratch(width * ConvolutionTile.pixels)
        let offsets = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: Int.self)
        for tap in 0..<taps { offsets[tap] = tap }
        let packedWeights = packed + taps * 2

        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let source = weights.model(model)
            var target = packedWeights + model * modelStride
            for block in 0..<blocks {
                let valid = min(width, channels - block * width)
                target.update(repeating: 0, count: (taps + 1) * width)
                if let bias { target.update(from: bias.model(model) + block * width, count: valid) }
                target += width
                for tap in 0..<taps {
                    for channel in 0..<valid {
                        target[channel] = source[tap * tapStride + (block * width + channel) * channelStride]
                    }
                    target += width
                }
            }
        }
        let tiles = (groups + 2) / 3
        pool.run(models * tiles) { task, worker in
            let (model, tile) = task.quotientAndRemainder(dividingBy: tiles)
            let used = Lanes.groups(for: counts.perModel[model])
            let first = tile * 3
            guard first < used else { return }
            let (second, third) = (min(first + 1, used - 1), min(first + 2, used - 1))
            let places = Triple<UnsafePointer<Vector>>(
                first: UnsafePointer(source.group(model, first)), second: UnsafePointer(source.group(model, second)),
                third: UnsafePointer(source.group(model, third)))
            let spill = scratch[worker]
            for block in 0..<blocks {
                let bias = packedWeights + model * modelStride + block * (taps + 1) * width
                convolveTile(
                    source: places, offsets: offsets, taps: taps, weights: bias + width, bias: bias,
                    result: Triple(first: spill, second: spill + 1, third: spill + 2), resultStride: 3,
                    accumulate: false)
                for channel in 0..<min(width, channels - block * width) {
                    let index = block * width + channel
                    result.group(model, first)[index] = spill[channel * 3]
                    result.group(model, second)[index] = spill[channel * 3 + 1]
                    result.group(model, third)[index] = spill[channel * 3 + 2]
                }
            }
        }
    }
}
