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
        let plans = try plans(for: layer.convolution)
        let norm = NormGradient(
            layer.norm, record: record, output: output, outputGradient: outputGradient, gradients: gradients,
            residualGradient: residualGradient,
            sums: try partialSums.reserve(
                models * groups * record.convolved.shape.channels, of: LaneGradientSums.self),
            winners: try winners.reserve(
                layer.norm.pool == nil ? 0 : models * groups * output.shape.valuesPerSample, of: Vector.self))
        let packed = try inputGradient.map { _ throws(BackendError) in
            try pack(layer.weights, bias: nil, as: plans.inputGradient, counts: counts)
        }
        let job = WeightGradientJob(plan: plans.forward, groups: groups)
        let partial = try partialGradients.reserve(models * job.chunks * job.partialCount, of: Float.self)
        let scratch = try reserveWorkerScratch(job.scratchCount(free: packed?.scratchCount ?? 0))

        forEachGroup(models: models, groups: groups, counts: counts) { model, group, _, _ in
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
                let gradient = UnsafePointer(record.convolved.group(model, group))
                job.add(input.group(model, group), gradient, used: used, to: sums)
                if let packed, let inputGradient {
                    packed.convolve(
                        model, gradient, accumulate: accumulate, scratch: sums.free,
                        result: inputGradient.group(model, group))
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
private struct NormGradient {
    private let norm: BatchNorm<CPUParameters>
    private let record: CPUBackend.Record
    private let output: CPUActivation
    private let outputGradient: CPUActivation
    private let gradients: ConvolutionNormGradients<CPUParameters>
    private let residualGradient: CPUActivation?
    private let pool: PoolPlan?
    /// `[model][group][channel]`.
    private let sums: UnsafeMutablePointer<LaneGradientSums>
    /// The winner of every window, `[model][group][channel][row][column]`; unused without pooling.
    private let winners: UnsafeMutablePointer<Vector>
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ norm: BatchNorm<CPUParameters>, record: CPUBackend.Record, output: CPUActivation,
        outputGradient: CPUActivation, gradients: ConvolutionNormGradients<CPUParameters>,
        residualGradient: CPUActivation?, sums: UnsafeMutablePointer<LaneGradientSums>,
        winners: UnsafeMutablePointer<Vector>
    ) {
        self.norm = norm
        self.record = record
        self.output = output
        self.outputGradient = outputGradient
        self.gradients = gradients
        self.residualGradient = residualGradient
        self.sums = sums
        self.winners = winners
        let shape = record.convolved.shape
        pool = norm.pool.map { PoolPlan($0, input: shape.image) }
        (groups, channels) = (record.convolved.groups, shape.channels)
        (area, outputArea) = (shape.image.area, output.shape.image.area)
    }

    private func place(_ model: Int, _ group: Int, _ channel: Int) -> Int {
        (model * groups + group) * channels + channel
    }

    /// What the ReLU gave, or nil where it does not matter.
    private func rectified(_ model: Int, _ group: Int, _ channel: Int) -> UnsafePointer<Vector>? {
        norm.relu ? UnsafePointer(output.group(model, group)) + channel * area : nil
    }

    /// Forms the sums of a lane group, and finds the winners of its windows.
    func sum(_ model: Int, _ group: Int) {
        for channel in 0..<channels {
            let place = place(model, group, channel)
            let values = UnsafePointer(record.convolved.group(model, group)) + channel * area
            let gradient = UnsafePointer(outputGradient.group(model, group)) + channel * outputArea
            if let pool {
                sums[place] = pool.findWinners(
                    of: values, ChannelNormalization(batch: norm, record, model: model, channel: channel),
                    relu: norm.relu, outputGradient: gradient, winners: winners + place * outputArea)
            } else {
                sums[place] = LaneGradientSums(
                    input: values, output: rectified(model, group, channel), outputGradient: gradient,
                    mean: record.mean.model(model)[channel], count: area)
            }
        }
    }

    /// The gradients in a model's batch-norm parameters.
    func merge(_ model: Int, samples: Int) {
        for channel in 0..<channels {
            let total = LaneGradientSums.merge(sums + place(model, 0, channel), stride: channels, samples: samples)
            gradients.normBias.model(model)[channel] = Float(total.gradient)
            gradients.normWeight.model(model)[channel] =
                samples == 0 ? 0 : Float(total.product * Double(record.inverseDeviation.model(model)[channel]))
        }
    }

    /// Turns the values of a lane group into the gradient in them; zero where there is no sample.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let values = record.convolved.group(model, group)
        let residual = residualGradient?.group(model, group)
        for channel in 0..<(used > 0 ? channels : 0) {
            let inverseDeviation = record.inverseDeviation.model(model)[channel]
            let numbers = Float(samples * area)
            let gradient = ChannelGradient(
                mean: record.mean.model(model)[channel],
                scale: norm.weight.model(model)[channel] * inverseDeviation,
                meanGradient: gradients.normBias.model(model)[channel] / numbers,
                slope: gradients.normWeight.model(model)[channel] * inverseDeviation / numbers)
            let back = UnsafePointer(outputGradient.group(model, group)) + channel * outputArea
            if let pool {
                gradient.apply(to: values + channel * area, count: area)
                pool.addToWinners(
                    winners + place(model, group, channel) * outputArea, outputGradient: back, scale: gradient.scale,
                    inputGradient: values + channel * area)
            } else {
                gradient.apply(
                    to: values + channel * area, output: rectified(model, group, channel), outputGradient: back,
                    count: area, residualGradient: residual.map { $0 + channel * area })
            }
        }
        clearPadding(of: values, count: channels * area, used: used)
        if let residual { clearPadding(of: residual, count: channels * area, used: used) }
    }
}
