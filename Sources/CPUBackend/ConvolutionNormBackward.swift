package import Backend

extension CPUBackend {
    package func backward(
        _ layer: ConvolutionNorm<CPUParameters>, input: CPUActivation, output: CPUActivation,
        outputGradient: CPUActivation, counts: SampleCounts, record: Record,
        gradients: ConvolutionNormGradients<CPUParameters>, residualGradient: CPUActivation?,
        inputGradient: CPUActivation?, accumulate: Bool
    ) throws(BackendError) {
        try layer.validateBackward(
            input: input, output: output, outputGradient: outputGradient, record: record, gradients: gradients,
            residualGradient: residualGradient, inputGradient: inputGradient, counts: counts, operation: "backward")
        let (models, groups) = (input.shape.models, input.groups)
        let algorithms = try algorithms(for: layer.convolution)
        let norm = NormGradient(
            layer.norm, record: record, output: output, outputGradient: outputGradient, gradients: gradients,
            residualGradient: residualGradient,
            sums: try partialSums.reserve(
                models * groups * record.convolved.shape.channels, of: LaneGradientSums.self),
            winners: try RecordedWinners(layer.norm, record, output: output, on: self))
        let packed = try inputGradient.map { _ throws(BackendError) in
            try pack(layer.weights, bias: nil, for: algorithms.inputGradient, counts: counts)
        }
        let job = WeightGradientJob(plan: algorithms.plan, groups: groups)
        let partial = try partialGradients.reserve(models * job.chunks * job.partialCount, of: Float.self)
        let scratch = try reserveWorkerScratch(
            max(job.scratchCount(free: packed?.scratchCount ?? 0), output.shape.image.area))

        let (input, convolved) = (LaneGroups(input), LaneGroups(record.convolved))
        let inputTarget = inputGradient.map { LaneGroups($0) }
        if layer.norm.pool != nil, record.winners == nil {
            forEachGroup(models: models, groups: groups, counts: counts, backwards: true) { model, group, _, worker in
                norm.findWinners(model, group, scratch: scratch[worker])
            }
        }
        forEachGroup(models: models, groups: groups, counts: counts, backwards: true) { model, group, _, _ in
            norm.sum(model, group)
        }
        pool.run(models) { model, _ in norm.merge(model, samples: counts.perModel[model]) }
        // The gradient in a lane group's convolution is used while it is in the cache.
        pool.run(models * job.chunks) { task, worker in
            let (model, chunk) = task.quotientAndRemainder(dividingBy: job.chunks)
            let count = counts.perModel[model]
            let sums = job.start(in: scratch[worker])
            for group in chunk * SampleChunk.groups..<min((chunk + 1) * SampleChunk.groups, groups) {
                let used = Lanes.used(group: group, count: count)
                norm.apply(model, group, samples: count, used: used)
                guard used > 0 else { continue }
                let gradient = UnsafePointer(convolved(model, group))
                job.add(input(model, group), gradient, used: used, to: sums)
                if let packed, let inputTarget {
                    packed.convolve(
                        model, gradient, accumulate: accumulate, scratch: sums.free, result: inputTarget(model, group))
                }
            }
            job.finish(sums, partial: partial + task * job.partialCount)
        }
        pool.run(models) { model, _ in
            let chunks = job.chunks(holding: counts.perModel[model])
            job.merge(partial + model * job.chunks * job.partialCount, chunks: chunks)
            job.write(
                partial + model * job.chunks * job.partialCount, isZero: chunks == 0,
                weightGradient: gradients.weights.model(model), biasGradient: gradients.bias?.model(model))
        }
    }
}

/// The gradient of a batch norm and what follows it, lane group by lane group.
private struct NormGradient: BitwiseCopyable {
    private let values: BatchNormValues
    private let relu: Bool
    private let convolved: LaneGroups
    private let output: LaneGroups
    private let outputGradient: LaneGroups
    private let weightGradient: SliceValues
    private let biasGradient: SliceValues
    private let residualGradient: LaneGroups?
    /// `[model][group][channel]`.
    private let sums: UnsafeMutablePointer<LaneGradientSums>
    /// Nil without pooling.
    private let winners: RecordedWinners?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ norm: BatchNorm<CPUParameters>, record: CPUBackend.Record, output: CPUActivation,
        outputGradient: CPUActivation, gradients: ConvolutionNormGradients<CPUParameters>,
        residualGradient: CPUActivation?, sums: UnsafeMutablePointer<LaneGradientSums>, winners: RecordedWinners?
    ) {
        values = BatchNormValues(norm, record)
        relu = norm.relu
        convolved = LaneGroups(record.convolved)
        self.output = LaneGroups(output)
        self.outputGradient = LaneGroups(outputGradient)
        weightGradient = SliceValues(gradients.normWeight)
        biasGradient = SliceValues(gradients.normBias)
        self.residualGradient = residualGradient.map { LaneGroups($0) }
        self.sums = sums
        self.winners = winners
        let shape = record.convolved.shape
        (groups, channels) = (record.convolved.groups, shape.channels)
        (area, outputArea) = (shape.image.area, output.shape.image.area)
    }

    private func place(_ model: Int, _ group: Int, _ channel: Int) -> Int {
        (model * groups + group) * channels + channel
    }

    /// What the ReLU gave, or nil where it does not matter.
    private func rectified(_ model: Int, _ group: Int, _ channel: Int) -> UnsafePointer<Vector>? {
        relu ? UnsafePointer(output(model, group)) + channel * outputArea : nil
    }

    /// Finds the winners of a lane group's windows.
    /// - Parameter scratch: room for a channel of the output.
    func findWinners(_ model: Int, _ group: Int, scratch: UnsafeMutablePointer<Vector>) {
        guard let winners else { return }
        for channel in 0..<channels {
            let input = UnsafePointer(convolved(model, group)) + channel * area
            winners.find(model, group, channel, in: input)
            winners.plan.normalize(
                winners(model, group, channel), of: input, values.normalization(model: model, channel: channel),
                relu: relu, output: scratch)
        }
    }

    /// Forms the sums of a lane group.
    func sum(_ model: Int, _ group: Int) {
        for channel in 0..<channels {
            let place = place(model, group, channel)
            let gradient = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            if let winners {
                sums[place] = winners.plan.gradientSums(
                    winners(model, group, channel), mean: values.mean[model, channel], outputGradient: gradient)
            } else {
                let input = UnsafePointer(convolved(model, group)) + channel * area
                sums[place] = LaneGradientSums(
                    input: input, output: rectified(model, group, channel), outputGradient: gradient,
                    mean: values.mean[model, channel], count: area)
            }
        }
    }

    /// The gradients in a model's batch-norm parameters.
    func merge(_ model: Int, samples: Int) {
        for channel in 0..<channels {
            let total = LaneGradientSums.merge(sums + place(model, 0, channel), stride: channels, samples: samples)
            biasGradient[model, channel] = Float(total.gradient)
            weightGradient[model, channel] =
                samples == 0 ? 0 : Float(total.product * Double(values.inverseDeviation[model, channel]))
        }
    }

    /// Turns the values of a lane group into the gradient in them; zero where there is no sample.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let target = convolved(model, group)
        let residual = residualGradient.map { $0(model, group) }
        for channel in 0..<(used > 0 ? channels : 0) {
            let inverseDeviation = values.inverseDeviation[model, channel]
            let numbers = Float(samples * area)
            let gradient = ChannelGradient(
                mean: values.mean[model, channel], scale: values.weight[model, channel] * inverseDeviation,
                meanGradient: biasGradient[model, channel] / numbers,
                slope: weightGradient[model, channel] * inverseDeviation / numbers)
            let back = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            if let winners {
                winners.plan.apply(
                    gradient, winners(model, group, channel), outputGradient: back, to: target + channel * area)
            } else {
                gradient.apply(
                    to: target + channel * area, output: rectified(model, group, channel), outputGradient: back,
                    count: area, residualGradient: residual.map { $0 + channel * area })
            }
        }
        clearPadding(of: target, count: channels * area, used: used)
        if let residual { clearPadding(of: residual, count: channels * area, used: used) }
    }
}
