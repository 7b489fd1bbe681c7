package import Backend

extension CPUBackend {
    package func backward(
        _ layer: ConvolutionNorm<CPUParameters>, input: CPUActivation, output: CPUActivation,
        outputGradient: CPUActivation, counts: SampleCounts, record: Record,
        gradients: ConvolutionNormGradients<CPUParameters>, inputGradient: CPUActivation?, accumulate: Bool
    ) throws(BackendError) {
        try layer.validateBackward(
            input: input, output: output, outputGradient: outputGradient, record: record, gradients: gradients,
            inputGradient: inputGradient, counts: counts, operation: "backward")
        let (models, groups) = (input.shape.models, input.groups)
        let algorithms = try algorithms(for: layer.convolution)
        let convolved = formed(record.convolved)
        let winners = try RecordedWinners(layer.norm, record, output: output, on: self)
        if record.winners == nil, let winners { findWinners(winners, layer.norm, record, counts: counts) }
        let norm = NormGradient(
            layer, record: record, convolved: convolved, output: output, outputGradient: formed(outputGradient),
            gradients: gradients,
            sums: try partialSums.reserve(
                models * groups * record.convolved.shape.channels, of: LaneGradientSums.self),
            winners: winners)
        let packed = try inputGradient.map { _ throws(BackendError) in
            try pack(layer.weights, bias: nil, for: algorithms.inputGradient, counts: counts)
        }
        let job = WeightGradientJob(plan: algorithms.plan, groups: groups)
        let partial = try partialGradients.reserve(models * job.chunks * job.partialCount, of: Float.self)
        let source = LaneGroupReader(input)
        let formedInput = job.scratchCount(free: packed?.scratchCount ?? 0)
        let scratch = try reserveWorkerScratch(formedInput + source.scratchCount)
        if accumulate, let inputGradient { _ = formed(inputGradient) }
        let inputTarget = inputGradient.map { LaneGroups(writingTo: $0) }
        // Nobody is to form what the place of its values is taken from.
        output.deferred = nil
        forEachGroup(models: models, groups: groups, counts: counts) { model, group, _, _ in
            norm.sum(model, group)
        }
        let channels = record.convolved.shape.channels
        pool.run(models * channels) { task, _ in
            let (model, channel) = task.quotientAndRemainder(dividingBy: channels)
            norm.merge(model, channel, samples: counts.perModel[model])
        }
        // The gradient in a lane group's convolution is used while it is in the cache.
        pass(models * job.chunks) { task, worker in
            let (model, chunk) = task.quotientAndRemainder(dividingBy: job.chunks)
            let count = counts.perModel[model]
            let sums = job.start(in: scratch[worker])
            for group in chunk * SampleChunk.groups..<min((chunk + 1) * SampleChunk.groups, groups) {
                let used = Lanes.used(group: group, count: count)
                norm.apply(model, group, samples: count, used: used)
                guard used > 0 else { continue }
                let gradient = UnsafePointer(convolved(model, group))
                job.add(
                    source(model, group, in: scratch[worker] + formedInput), gradient, used: used, to: sums)
                if let packed, let inputTarget {
                    packed.convolve(
                        model, gradient, accumulate: accumulate, scratch: sums.free, result: inputTarget(model, group))
                }
            }
            job.finish(sums, partial: partial + task * job.partialCount)
        }
        pool.run(models * channels) { task, _ in
            let (model, channel) = task.quotientAndRemainder(dividingBy: channels)
            job.merge(
                partial + model * job.chunks * job.partialCount, samples: counts.perModel[model], channel: channel,
                weightGradient: gradients.weights.model(model), biasGradient: gradients.bias?.model(model))
        }
    }
}

/// The gradient of a batch norm and what follows it, lane group by lane group.
private struct NormGradient: BitwiseCopyable {
    private let values: BatchNormValues
    private let relu: Bool
    private let convolved: LaneGroups
    private let output: LaneGroupReader
    private let outputGradient: LaneGroups
    private let weightGradient: SliceValues
    private let biasGradient: SliceValues
    /// `[model][group][channel]`.
    private let sums: UnsafeMutablePointer<LaneGradientSums>
    /// Nil without pooling.
    private let winners: RecordedWinners?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ layer: ConvolutionNorm<CPUParameters>, record: CPUBackend.Record, convolved: LaneGroups,
        output: CPUActivation, outputGradient: LaneGroups, gradients: ConvolutionNormGradients<CPUParameters>,
        sums: UnsafeMutablePointer<LaneGradientSums>, winners: RecordedWinners?
    ) {
        values = BatchNormValues(layer.norm, record)
        relu = layer.norm.relu
        self.convolved = convolved
        self.output = LaneGroupReader(output)
        self.outputGradient = outputGradient
        weightGradient = SliceValues(gradients.normWeight)
        biasGradient = SliceValues(gradients.normBias)
        self.sums = sums
        self.winners = winners
        let shape = record.convolved.shape
        (groups, channels) = (record.convolved.groups, shape.channels)
        (area, outputArea) = (shape.image.area, output.shape.image.area)
    }

    private func place(_ model: Int, _ group: Int, _ channel: Int) -> Int {
        (model * groups + group) * channels + channel
    }

    /// Forms the sums of a lane group, and puts what comes through the ReLU in the place of the output's gradient.
    func sum(_ model: Int, _ group: Int) {
        for channel in 0..<channels {
            let (output, normalization) = output.channel(model, group, channel)
            sums[place(model, group, channel)] =
                if !relu {
                    sum(model, group, channel, through: OpenGate())
                } else if let normalization {
                    sum(
                        model, group, channel,
                        through: NormalizationGate(values: output, normalization: normalization))
                } else {
                    sum(model, group, channel, through: OutputGate(output: output))
                }
        }
    }

    private func sum(_ model: Int, _ group: Int, _ channel: Int, through gate: some GradientGate) -> LaneGradientSums {
        let (mean, gradient) = (values.mean[model, channel], outputGradient(model, group) + channel * outputArea)
        if let winners {
            return winners.plan.gradientSums(
                winners(model, group, channel), mean: mean, outputGradient: gradient, gate: gate)
        }
        return LaneGradientSums(
            input: UnsafePointer(convolved(model, group)) + channel * area, outputGradient: gradient, gate: gate,
            mean: mean, count: area)
    }

    /// The gradients in a channel's batch-norm parameters.
    func merge(_ model: Int, _ channel: Int, samples: Int) {
        let total = LaneGradientSums.merge(sums + place(model, 0, channel), stride: channels, samples: samples)
        biasGradient[model, channel] = Float(total.gradient)
        weightGradient[model, channel] =
            samples == 0 ? 0 : Float(total.product * Double(values.inverseDeviation[model, channel]))
    }

    /// Turns the values of a lane group into the gradient in them; zero where there is no sample.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let target = convolved(model, group)
        for channel in 0..<(used > 0 ? channels : 0) {
            let inverseDeviation = values.inverseDeviation[model, channel]
            let numbers = Float(samples * area)
            let gradient = ChannelGradient(
                mean: values.mean[model, channel], scale: values.weight[model, channel] * inverseDeviation,
                meanGradient: biasGradient[model, channel] / numbers,
                slope: weightGradient[model, channel] * inverseDeviation / numbers)
            let passed = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            if let winners {
                winners.plan.apply(
                    gradient, winners(model, group, channel), passed: passed, to: target + channel * area)
            } else {
                gradient.apply(to: target + channel * area, passed: passed, count: area)
            }
        }
        clearPadding(of: target, count: channels * area, used: used)
    }
}
