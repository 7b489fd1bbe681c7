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
        let job = LinearGradientJob(
            outputs: outputGradient.shape.channels, features: input.shape.valuesPerSample, groups: input.groups)
        let models = input.shape.models
        let gradients = try partialSums.reserve(models * job.gradientCount, of: Vector.self)
        let scratch = try reserveWorkerScratch(job.scratchCount)
        let starts = try linearStarts(groups: input.groups, features: job.features)
        let (source, outputGradient) = (formed(input), formed(outputGradient))
        pool.run(models) { model, _ in
            job.transpose(
                outputGradient, model: model, count: counts.perModel[model],
                into: gradients + model * job.gradientCount)
        }
        pool.run(models * job.parts) { task, worker in
            let (model, part) = task.quotientAndRemainder(dividingBy: job.parts)
            job.accumulate(
                part: part, input: UnsafePointer(source(model, 0)), count: counts.perModel[model],
                gradients: gradients + model * job.gradientCount, starts: starts.pointer, scratch: scratch[worker],
                weightGradient: weightGradient.model(model), biasGradient: biasGradient.model(model))
        }
    }

    /// Where each lane group starts, counted in vectors.
    private func linearStarts(groups: Int, features: Int) throws(BackendError) -> Table {
        let key = ActivationShape(models: 1, samples: groups, channels: features, image: Extent(1))
        if let table = linearTables[key] { return table }
        let table = try Table((0..<groups).map { $0 * features })
        linearTables[key] = table
        return table
    }

    /// `result[channel] = bias[channel] + sum over taps of weights[tap, channel] * source[tap]` in every sample.
    ///
    /// The micro-kernel of the convolutions does it, with lane groups in the place of pixels.
    private func multiply(
        source: CPUActivation, taps: Int, result: CPUActivation, channels: Int, weights: Slice, tapStride: Int,
        channelStride: Int, bias: Slice?, counts: SampleCounts
    ) throws(BackendError) {
        let (models, groups) = (source.shape.models, source.groups)
        let (source, target) = (formed(source), LaneGroups(writingTo: result))
        let width = ConvolutionTile.channels
        let blocks = (channels + width - 1) / width
        let modelStride = blocks * (taps + 1) * width
        let packed = try packedWeights.reserve(taps * 2 + models * modelStride, of: Float.self)
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
        pass(models * tiles) { task, worker in
            let (model, tile) = task.quotientAndRemainder(dividingBy: tiles)
            let used = Lanes.groups(for: counts.perModel[model])
            let first = tile * 3
            guard first < used else { return }
            let (second, third) = (min(first + 1, used - 1), min(first + 2, used - 1))
            let places = Triple<UnsafePointer<Vector>>(
                first: UnsafePointer(source(model, first)), second: UnsafePointer(source(model, second)),
                third: UnsafePointer(source(model, third)))
            let spill = scratch[worker]
            for block in 0..<blocks {
                let bias = packedWeights + model * modelStride + block * (taps + 1) * width
                convolveTile(
                    source: places, offsets: offsets, taps: taps, weights: bias + width, bias: bias,
                    result: Triple(first: spill, second: spill + 1, third: spill + 2), resultStride: 3,
                    accumulate: false)
                for channel in 0..<min(width, channels - block * width) {
                    let index = block * width + channel
                    target(model, first)[index] = spill[channel * 3]
                    target(model, second)[index] = spill[channel * 3 + 1]
                    target(model, third)[index] = spill[channel * 3 + 2]
                }
            }
        }
    }
}

/// How the parameter gradients of a linear layer are summed: over lane groups by the micro-kernel of the convolutions'
/// weight gradient, with lane groups in the place of pixels and features in the place of taps, then over lanes.
private struct LinearGradientJob {
    let outputs: Int
    let features: Int
    /// Lane groups of a model.
    let groups: Int

    /// Features of one task.
    private static let featuresPerPart = 96

    /// Tasks of a model.
    var parts: Int { (features + Self.featuresPerPart - 1) / Self.featuresPerPart }
    /// Vectors of a model's gradients in the outputs.
    var gradientCount: Int { outputs * groups }
    /// Vectors of a worker's own: one tile of sums and the last lane group's part of the input.
    var scratchCount: Int { ConvolutionTile.channels * 3 + Self.featuresPerPart }

    /// Copies the gradients in a model's outputs as `[output][group]`, with zeros in the padding lanes.
    func transpose(
        _ outputGradient: LaneGroups, model: Int, count: Int, into gradients: UnsafeMutablePointer<Vector>
    ) {
        for group in 0..<Lanes.groups(for: count) {
            let source = outputGradient(model, group)
            let padding = Lanes.padding(after: Lanes.used(group: group, count: count))
            for output in 0..<outputs {
                gradients[output * groups + group] = source[output].replacing(with: 0, where: padding)
            }
        }
    }

    /// Computes the gradients of one part of the features, and with the first part those of the bias.
    func accumulate(
        part: Int, input: UnsafePointer<Vector>, count: Int, gradients: UnsafePointer<Vector>,
        starts: UnsafePointer<Int>, scratch: UnsafeMutablePointer<Vector>,
        weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
    ) {
        let width = ConvolutionTile.channels
        let first = part * Self.featuresPerPart
        let end = min(first + Self.featuresPerPart, features)
        let full = count / Lanes.width
        let hasPartial = count % Lanes.width > 0
        let sums = scratch
        let last = scratch + width * 3
        if hasPartial {
            let padding = Lanes.padding(after: count % Lanes.width)
            for feature in first..<end {
                last[feature - first] = input[full * features + feature].replacing(with: 0, where: padding)
            }
        }
        for output in stride(from: 0, to: outputs, by: width) {
            let channels = min(width, outputs - output)
            for feature in stride(from: first, to: end, by: 3) {
                sums.update(repeating: Vector(), count: width * 3)
                let (second, third) = (min(feature + 1, end - 1), min(feature + 2, end - 1))
                accumulateWeightGradientTile(
                    gradient: gradients + output * groups, gradientStride: groups, channels: channels,
                    taps: Triple(first: input + feature, second: input + second, third: input + third),
                    starts: starts, pixels: full, sums: sums)
                if hasPartial {
                    accumulateWeightGradientTile(
                        gradient: gradients + output * groups + full, gradientStride: groups, channels: channels,
                        taps: Triple(
                            first: last + (feature - first), second: last + (second - first),
                            third: last + (third - first)),
                        starts: starts, pixels: 1, sums: sums)
                }
                for channel in 0..<channels {
                    let target = weightGradient + (output + channel) * features
                    target[feature] = laneSum(sums[channel * 3])
                    target[second] = laneSum(sums[channel * 3 + (second - feature)])
                    target[third] = laneSum(sums[channel * 3 + (third - feature)])
                }
            }
        }
        guard part == 0 else { return }
        for output in 0..<outputs {
            biasGradient[output] = laneSum(sum(of: gradients + output * groups, count: Lanes.groups(for: count)))
        }
    }
}
