package import Backend

extension CPUBackend {
    package func convolve(
        _ convolution: Convolution, input: CPUActivation, weights: Slice, bias: Slice?, counts: SampleCounts,
        output: CPUActivation
    ) throws(BackendError) {
        let operation = "convolve"
        try convolution.validate(input: input.shape, output: output.shape, counts: counts, operation: operation)
        try validate(convolution, weights: weights, bias: bias, models: input.shape.models, operation: operation)
        try run(
            try plans(for: convolution).forward, source: input, weights: weights, bias: bias, counts: counts,
            accumulate: false, result: output)
    }

    package func convolveInputGradient(
        _ convolution: Convolution, outputGradient: CPUActivation, weights: Slice, counts: SampleCounts,
        accumulate: Bool, inputGradient: CPUActivation
    ) throws(BackendError) {
        let operation = "convolve input gradient"
        try convolution.validate(
            input: inputGradient.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try validate(convolution, weights: weights, bias: nil, models: inputGradient.shape.models, operation: operation)
        try run(
            try plans(for: convolution).inputGradient, source: outputGradient, weights: weights, bias: nil,
            counts: counts, accumulate: accumulate, result: inputGradient)
    }

    package func convolveParameterGradients(
        _ convolution: Convolution, input: CPUActivation, outputGradient: CPUActivation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice?
    ) throws(BackendError) {
        let operation = "convolve parameter gradients"
        try convolution.validate(
            input: input.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try validate(
            convolution, weights: weightGradient, bias: biasGradient, models: input.shape.models, operation: operation)
        let job = WeightGradientJob(plan: try plans(for: convolution).forward, groups: input.groups)
        let models = input.shape.models
        let scratch = try reserveWorkerScratch(job.scratchCount)
        let partial = try reserveSharedScratch(models * job.chunks * job.partialCount, of: Float.self)

        pool.run(models * job.chunks) { task, worker in
            let (model, chunk) = task.quotientAndRemainder(dividingBy: job.chunks)
            job.accumulate(
                chunk: chunk, model: model, input: input, outputGradient: outputGradient,
                count: counts.perModel[model], scratch: scratch[worker], partial: partial + task * job.partialCount)
        }
        pool.run(models) { model, _ in
            let chunks = job.chunks(holding: counts.perModel[model])
            job.merge(partial + model * job.chunks * job.partialCount, chunks: chunks)
            job.write(
                partial + model * job.chunks * job.partialCount, isZero: chunks == 0,
                weightGradient: weightGradient.model(model), biasGradient: biasGradient?.model(model))
        }
    }

    private func plans(for convolution: Convolution) throws(BackendError) -> ConvolutionPlans {
        if let plans = convolutionPlans[convolution] { return plans }
        let plans = ConvolutionPlans(
            forward: try ConvolutionPlan(forward: convolution),
            inputGradient: try ConvolutionPlan(inputGradientOf: convolution))
        convolutionPlans[convolution] = plans
        return plans
    }

    private func validate(
        _ convolution: Convolution, weights: Slice, bias: Slice?, models: Int, operation: String
    ) throws(BackendError) {
        try weights.validate(models: models, count: convolution.weightCount, "weights", operation: operation)
        try bias?.validate(models: models, count: convolution.outputChannels, "bias", operation: operation)
    }

    /// Runs a plan over all samples: packs every model's weights, then takes the lane groups in any order.
    private func run(
        _ plan: ConvolutionPlan, source: CPUActivation, weights: Slice, bias: Slice?, counts: SampleCounts,
        accumulate: Bool, result: CPUActivation
    ) throws(BackendError) {
        let models = source.shape.models
        let width = ConvolutionTile.channels
        let biasCount = plan.channelBlocks * width
        let packedStride = plan.packedCount + biasCount
        let packed = try reserveSharedScratch(models * packedStride, of: Float.self)
        let scratch = try reserveWorkerScratch(plan.paddedCount + width * ConvolutionTile.pixels)

        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let target = packed + model * packedStride
            plan.pack(weights.model(model), into: target + biasCount)
            target.update(repeating: 0, count: biasCount)
            if let bias { target.update(from: bias.model(model), count: bias.count) }
        }
        forEachGroup(models: models, groups: source.groups, counts: counts) { model, group, _, worker in
            var image = UnsafePointer(source.group(model, group))
            if !plan.isUnpadded {
                plan.pad(image, padding: nil, into: scratch[worker])
                image = UnsafePointer(scratch[worker])
            }
            plan.convolve(
                image, packed: packed + model * packedStride + biasCount, bias: packed + model * packedStride,
                accumulate: accumulate, spill: scratch[worker] + plan.paddedCount, result: result.group(model, group))
        }
    }
}

extension ConvolutionPlan {
    /// Computes all channels and pixels of one lane group.
    ///
    /// Pixels are the outer loop, so that the part of the image a tile reads stays in the first-level cache for all
    /// blocks of channels.
    /// - Parameters:
    ///   - image: the padded source.
    ///   - packed: the model's weights as ``pack(_:into:)`` leaves them.
    ///   - bias: a number for each channel of all blocks.
    ///   - spill: room for one tile.
    func convolve(
        _ image: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        spill: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        let width = ConvolutionTile.channels
        let (blocks, channels, area) = (channelBlocks, resultChannels, resultArea)
        for phase in phases {
            let (taps, offsets, starts, pixels) =
                (phase.taps, phase.offsets.pointer, phase.starts.pointer, phase.pixels.pointer)
            let count = phase.starts.count
            let weights = packed + phase.packedBlock * width
            for pixel in stride(from: 0, to: count, by: ConvolutionTile.pixels) {
                // The last tile may be short of pixels and repeats its last one.
                let (second, third) = (min(pixel + 1, count - 1), min(pixel + 2, count - 1))
                let source = Triple(
                    first: image + starts[pixel], second: image + starts[second], third: image + starts[third])
                for block in 0..<blocks {
                    let firstChannel = block * width
                    let target = result + firstChannel * area
                    let places = Triple(
                        first: target + pixels[pixel], second: target + pixels[second], third: target + pixels[third])
                    if firstChannel + width <= channels {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel, result: places, resultStride: area, accumulate: accumulate)
                    } else {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel,
                            result: Triple(first: spill, second: spill + 1, third: spill + 2),
                            resultStride: ConvolutionTile.pixels, accumulate: false)
                        for channel in 0..<channels - firstChannel {
                            Triple(
                                first: spill[channel * 3], second: spill[channel * 3 + 1],
                                third: spill[channel * 3 + 2]
                            ).store(places, at: channel * area, accumulate: accumulate)
                        }
                    }
                }
            }
        }
    }
}

/// How the parameter gradients of a convolution are summed.
///
/// Lane groups go in chunks of 32 samples, whatever the number of threads; a chunk sums over its pixels and groups in
/// vectors and over the lanes once, at its end. The chunks of a model are then added pairwise, in a fixed order.
private struct WeightGradientJob {
    let plan: ConvolutionPlan
    /// Lane groups of a model.
    let groups: Int

    /// Pixels that are summed without an intermediate sum; their operands stay in the first-level cache.
    private static let pixelsPerBlock = 64

    init(plan: ConvolutionPlan, groups: Int) {
        self.plan = plan
        self.groups = groups
    }

    private var channels: Int { plan.resultChannels }
    private var taps: Int { plan.phases[0].taps }
    private var tapTiles: Int { (taps + 2) / 3 }
    private var tileSize: Int { ConvolutionTile.channels * 3 }
    private var gradientCount: Int { channels * plan.resultArea }

    /// Chunks of a model with room for all its lane groups.
    var chunks: Int { SampleChunk.count(groups: groups) }
    /// Vectors of a worker's own: the sums of all tiles, those of the bias, the padded input, the masked gradient.
    var scratchCount: Int {
        plan.channelBlocks * tapTiles * tileSize + channels + plan.paddedCount + gradientCount
    }
    /// Floats of a chunk's result: the weights' gradients, then the biases'.
    var partialCount: Int { channels * taps + channels }

    /// Chunks that hold some of `count` samples.
    func chunks(holding count: Int) -> Int {
        count == 0 ? 0 : SampleChunk.count(groups: Lanes.groups(for: count))
    }

    /// Sums over one chunk of a model.
    func accumulate(
        chunk: Int, model: Int, input: CPUActivation, outputGradient: CPUActivation, count: Int,
        scratch: UnsafeMutablePointer<Vector>, partial: UnsafeMutablePointer<Float>
    ) {
        let first = chunk * SampleChunk.groups
        let end = min(first + SampleChunk.groups, Lanes.groups(for: count))
        guard first < end else { return }
        let width = ConvolutionTile.channels
        let tiles = plan.channelBlocks * tapTiles
        let sums = scratch
        let biasSums = sums + tiles * tileSize
        let padded = biasSums + channels
        let masked = padded + plan.paddedCount
        sums.update(repeating: Vector(), count: tiles * tileSize + channels)

        let (taps, area, channels) = (self.taps, plan.resultArea, self.channels)
        let offsets = plan.phases[0].offsets.pointer
        let starts = plan.phases[0].starts.pointer
        for group in first..<end {
            let used = Lanes.used(group: group, count: count)
            let padding = used < Lanes.width ? Lanes.padding(after: used) : nil
            var image = UnsafePointer(input.group(model, group))
            var gradient = UnsafePointer(outputGradient.group(model, group))
            if !plan.isUnpadded || padding != nil {
                plan.pad(image, padding: padding, into: padded)
                image = UnsafePointer(padded)
            }
            if let padding {
                for index in 0..<gradientCount {
                    masked[index] = gradient[index].replacing(with: 0, where: padding)
                }
                gradient = UnsafePointer(masked)
            }
            for pixel in stride(from: 0, to: area, by: Self.pixelsPerBlock) {
                let pixels = min(Self.pixelsPerBlock, area - pixel)
                var tile = sums
                for channel in stride(from: 0, to: channels, by: width) {
                    for tap in stride(from: 0, to: taps, by: 3) {
                        accumulateWeightGradientTile(
                            gradient: gradient + channel * area + pixel, gradientStride: area,
                            channels: min(width, channels - channel),
                            taps: Triple(
                                first: image + offsets[tap], second: image + offsets[min(tap + 1, taps - 1)],
                                third: image + offsets[min(tap + 2, taps - 1)]),
                            starts: starts + pixel, pixels: pixels, sums: tile)
                        tile += tileSize
                    }
                }
                for channel in 0..<channels {
                    biasSums[channel] += sum(of: gradient + channel * area + pixel, count: pixels)
                }
            }
        }

        for channel in 0..<channels {
            let (block, row) = channel.quotientAndRemainder(dividingBy: width)
            for tap in 0..<taps {
                let (tile, column) = tap.quotientAndRemainder(dividingBy: 3)
                partial[channel * taps + tap] = laneSum(
                    sums[(block * tapTiles + tile) * tileSize + row * 3 + column])
            }
            partial[channels * taps + channel] = laneSum(biasSums[channel])
        }
    }

    /// Adds the chunks of a model pairwise; the sum is in the first.
    func merge(_ partial: UnsafeMutablePointer<Float>, chunks: Int) {
        var distance = 1
        while distance < chunks {
            for chunk in stride(from: 0, to: chunks - distance, by: 2 * distance) {
                let target = partial + chunk * partialCount
                let source = target + distance * partialCount
                for index in 0..<partialCount { target[index] += source[index] }
            }
            distance *= 2
        }
    }

    /// Writes a model's sum, or zeros, to the gradients.
    func write(
        _ sum: UnsafePointer<Float>, isZero: Bool, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>?
    ) {
        let weights = channels * taps
        if isZero {
            weightGradient.update(repeating: 0, count: weights)
            biasGradient?.update(repeating: 0, count: channels)
        } else {
            weightGradient.update(from: sum, count: weights)
            biasGradient?.update(from: sum + weights, count: channels)
        }
    }
}
