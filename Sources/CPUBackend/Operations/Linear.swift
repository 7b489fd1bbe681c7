package import Backend

extension CPUBackend {
    package func uncheckedLinear(
        input: CPUActivation, weights: Slice, bias: Slice, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let shape = input.shape
        try multiply(
            source: input, taps: shape.valuesPerSample, result: output, channels: output.shape.channels,
            weights: weights, tapStride: 1, channelStride: shape.valuesPerSample, bias: bias, counts: counts)
    }

    package func uncheckedLinearGradients(
        input: CPUActivation, weights: Slice, outputGradient: CPUActivation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice, inputGradient: CPUActivation?
    ) throws(BackendError) {
        try linearParameterGradients(
            input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
        guard let inputGradient else { return }
        let features = input.shape.valuesPerSample
        try multiply(
            source: outputGradient, taps: outputGradient.shape.channels, result: inputGradient, channels: features,
            weights: weights, tapStride: features, channelStride: 1, bias: nil, counts: counts)
    }

    private func linearParameterGradients(
        input: CPUActivation, outputGradient: CPUActivation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice
    ) throws(BackendError) {
        let job = LinearGradientJob(
            outputs: outputGradient.shape.channels, features: input.shape.valuesPerSample, groups: input.groups)
        let (models, parts, chunks) = (input.shape.models, job.parts, job.chunks)
        let partial = try partialGradients.reserve(models * parts * chunks * job.partialCount, of: Float.self)
        let reduction = reductionFlags.reduction(sums: models * parts, tasks: chunks)
        let scratch = try reserveWorkerScratch(job.scratchCount)
        let starts = try linearStarts(groups: input.groups, features: job.features)
        let (source, outputGradient) = (materialized(input), materialized(outputGradient))
        pass(models * chunks * parts) { task, worker in
            let (chunkOfModel, part) = task.quotientAndRemainder(dividingBy: parts)
            let (model, chunk) = chunkOfModel.quotientAndRemainder(dividingBy: chunks)
            let count = counts.perModel[model]
            let used = job.chunks(for: count)
            guard chunk < used else { return }
            let sum = model * parts + part
            let partial = partial + sum * chunks * job.partialCount
            job.accumulate(
                part: part, chunk: chunk, input: source, outputGradient: outputGradient, model: model, count: count,
                starts: starts.pointer, scratch: scratch[worker], partial: partial + chunk * job.partialCount)
            guard reduction.end(chunk, of: used, sum: sum, partials: partial, size: job.partialCount) else { return }
            job.write(
                partial, part: part, weightGradient: weightGradient.model(model),
                biasGradient: biasGradient.model(model))
        }
    }

    /// The start of each lane group, in vectors.
    private func linearStarts(groups: Int, features: Int) throws(BackendError) -> Table {
        let key = ActivationShape(models: 1, samples: groups, channels: features, image: Extent(1))
        if let table = linearTables[key] { return table }
        let table = try Table((0..<groups).map { $0 * features })
        linearTables[key] = table
        return table
    }

    /// `result[channel] = bias[channel] + sum over taps of weights[tap, channel] * source[tap]` in every sample.
    ///
    /// It uses the micro-kernel of the convolutions, with lane groups instead of pixels.
    private func multiply(
        source: CPUActivation, taps: Int, result: CPUActivation, channels: Int, weights: Slice, tapStride: Int,
        channelStride: Int, bias: Slice?, counts: SampleCounts
    ) throws(BackendError) {
        let (models, groups) = (source.shape.models, source.groups)
        let (source, target) = (materialized(source), result.writer())
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
        let tiles = (groups + ConvolutionTile.pixels - 1) / ConvolutionTile.pixels
        pass(models * tiles) { task, worker in
            let (model, tile) = task.quotientAndRemainder(dividingBy: tiles)
            let used = Lanes.groups(for: counts.perModel[model])
            let first = tile * ConvolutionTile.pixels
            guard first < used else { return }
            let (second, third) = (min(first + 1, used - 1), min(first + 2, used - 1))
            let sources = Triple<UnsafePointer<Vector>>(
                first: UnsafePointer(source(model, first)), second: UnsafePointer(source(model, second)),
                third: UnsafePointer(source(model, third)))
            let tileSums = scratch[worker]
            for block in 0..<blocks {
                let bias = packedWeights + model * modelStride + block * (taps + 1) * width
                convolveTile(
                    source: sources, offsets: offsets, taps: taps, weights: bias + width, bias: bias,
                    result: Triple(first: tileSums, second: tileSums + 1, third: tileSums + 2),
                    resultStride: ConvolutionTile.pixels,
                    accumulate: false)
                for channel in 0..<min(width, channels - block * width) {
                    let index = block * width + channel
                    target(model, first)[index] = tileSums[channel * ConvolutionTile.pixels]
                    target(model, second)[index] = tileSums[channel * ConvolutionTile.pixels + 1]
                    target(model, third)[index] = tileSums[channel * ConvolutionTile.pixels + 2]
                }
            }
        }
    }
}

/// The sums of a linear layer's parameter gradients: over lane groups by the micro-kernel of the convolutions' weight
/// gradient, with lane groups instead of pixels and features instead of taps, then over lanes.
///
/// Lane groups are processed in chunks of 128 samples, which a thread has in its cache. A ``PairwiseReduction`` adds the
/// chunks of a model.
private struct LinearGradientJob {
    let outputs: Int
    let features: Int
    /// The number of lane groups of a model.
    let groups: Int

    /// The number of features of one task.
    private static let featuresPerPart = 96
    /// The number of lane groups of a chunk.
    private static var chunkGroups: Int { max(1, 128 / Lanes.width) }

    /// The number of tasks of a chunk.
    var parts: Int { (features + Self.featuresPerPart - 1) / Self.featuresPerPart }
    /// The number of chunks of a model at full capacity.
    var chunks: Int { Self.chunks(groups: groups) }
    /// The number of chunks of a model with `samples` samples; at least one.
    func chunks(for samples: Int) -> Int { Self.chunks(groups: Lanes.groups(for: samples)) }
    private static func chunks(groups: Int) -> Int { max(1, (groups + chunkGroups - 1) / chunkGroups) }

    /// The number of floats of a task's result: the features of each output, then the biases.
    var partialCount: Int { outputs * Self.featuresPerPart + outputs }
    /// The number of scratch vectors of a worker: one tile of sums, the output gradients, and the features of a lane group
    /// with padding.
    var scratchCount: Int {
        ConvolutionTile.channels * ConvolutionTile.pixels + outputs * Self.chunkGroups + Self.featuresPerPart
    }

    private func features(of part: Int) -> Range<Int> {
        part * Self.featuresPerPart..<min((part + 1) * Self.featuresPerPart, features)
    }

    /// Computes the gradients of one part of the features over a chunk, and with the first part those of the bias.
    func accumulate(
        part: Int, chunk: Int, input: LaneGroups, outputGradient: LaneGroups, model: Int, count: Int,
        starts: UnsafePointer<Int>, scratch: UnsafeMutablePointer<Vector>, partial: UnsafeMutablePointer<Float>
    ) {
        let (width, first) = (ConvolutionTile.channels, chunk * Self.chunkGroups)
        let samples = min(max(count - first * Lanes.width, 0), Self.chunkGroups * Lanes.width)
        let (full, groups) = (samples / Lanes.width, Lanes.groups(for: samples))
        let sums = scratch
        let gradients = sums + width * ConvolutionTile.pixels
        let last = gradients + outputs * Self.chunkGroups
        let range = features(of: part)
        let source = UnsafePointer(input(model, first))

        // As `[output][group]`, with zeros in the padding lanes.
        for group in 0..<groups {
            let padding = Lanes.padding(after: Lanes.used(group: group, count: samples))
            let gradient = outputGradient(model, first + group)
            for output in 0..<outputs {
                gradients[output * Self.chunkGroups + group] = gradient[output].replacing(with: 0, where: padding)
            }
        }
        if groups > full {
            let padding = Lanes.padding(after: samples % Lanes.width)
            for (index, feature) in range.enumerated() {
                last[index] = source[full * features + feature].replacing(with: 0, where: padding)
            }
        }
        for output in stride(from: 0, to: outputs, by: width) {
            let channels = min(width, outputs - output)
            for feature in stride(from: range.lowerBound, to: range.upperBound, by: ConvolutionTile.pixels) {
                sums.update(repeating: Vector(), count: width * ConvolutionTile.pixels)
                let (second, third) = (min(feature + 1, range.upperBound - 1), min(feature + 2, range.upperBound - 1))
                accumulateWeightGradientTile(
                    gradient: gradients + output * Self.chunkGroups, gradientStride: Self.chunkGroups,
                    channels: channels,
                    taps: Triple(first: source + feature, second: source + second, third: source + third),
                    starts: starts, pixels: full, sums: sums)
                let columns = Triple(
                    first: feature - range.lowerBound, second: second - range.lowerBound,
                    third: third - range.lowerBound)
                if groups > full {
                    accumulateWeightGradientTile(
                        gradient: gradients + output * Self.chunkGroups + full, gradientStride: Self.chunkGroups,
                        channels: channels,
                        taps: Triple(
                            first: UnsafePointer(last + columns.first), second: UnsafePointer(last + columns.second),
                            third: UnsafePointer(last + columns.third)),
                        starts: starts, pixels: 1, sums: sums)
                }
                for channel in 0..<channels {
                    let target = partial + (output + channel) * Self.featuresPerPart
                    target[columns.first] = laneSum(sums[channel * ConvolutionTile.pixels])
                    target[columns.second] = laneSum(sums[channel * ConvolutionTile.pixels + (second - feature)])
                    target[columns.third] = laneSum(sums[channel * ConvolutionTile.pixels + (third - feature)])
                }
            }
        }
        let bias = partial + outputs * Self.featuresPerPart
        for output in 0..<outputs {
            bias[output] = laneSum(sum(of: gradients + output * Self.chunkGroups, count: groups))
        }
    }

    /// Writes the sums of one part of the features to the gradients, and with the first part the sums of the bias.
    func write(
        _ partial: UnsafePointer<Float>, part: Int, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>
    ) {
        let range = features(of: part)
        for output in 0..<outputs {
            (weightGradient + output * features + range.lowerBound).update(
                from: partial + output * Self.featuresPerPart, count: range.count)
        }
        if part == 0 { biasGradient.update(from: partial + outputs * Self.featuresPerPart, count: outputs) }
    }
}
