package import Backend

extension CPUBackend {
    package func forwardTraining(
        _ layer: ConvolutionNorm<CPUParameters>, input: CPUActivation, residual: CPUActivation?, counts: SampleCounts,
        record: Record, output: CPUActivation
    ) throws(BackendError) {
        try layer.validateForward(
            input: input, residual: residual, record: record, output: output, counts: counts,
            operation: "forward, training")
        let (shape, groups) = (record.convolved.shape, record.convolved.groups)
        let (source, convolved) = (LaneGroupReader(input), LaneGroups(writingTo: record.convolved))
        let norm = BatchNormValues(layer.norm, record)
        let winners = try RecordedWinners(layer.norm, record, output: output, on: self)
        let (channels, area) = (shape.channels, shape.image.area)
        let packed = try pack(
            layer.weights, bias: layer.bias, for: algorithms(for: layer.convolution).forward, counts: counts)
        let scratch = try reserveWorkerScratch(packed.scratchCount + source.scratchCount)
        let moments = try partialSums.reserve(shape.models * groups * channels, of: LaneMoments.self)
        // Moments are taken and winners found while a lane group is still in the cache.
        forEachGroup(models: shape.models, groups: groups, counts: counts) { model, group, _, worker in
            let values = convolved(model, group)
            let formed = source(model, group, in: scratch[worker] + packed.scratchCount)
            packed.convolve(model, formed, scratch: scratch[worker], result: values)
            for channel in 0..<channels {
                moments[(model * groups + group) * channels + channel] = LaneMoments(
                    of: values + channel * area, count: area)
                winners?.find(model, group, channel, in: values + channel * area)
            }
        }
        pool.run(shape.models * channels) { task, _ in
            let (model, channel) = task.quotientAndRemainder(dividingBy: channels)
            let count = counts.perModel[model]
            guard count > 0 else { return }
            let statistics = LaneMoments.merge(
                moments + model * groups * channels + channel, stride: channels, samples: count, area: area)
            norm.keep(
                model: model, channel: channel, mean: statistics.mean,
                squaredDeviations: statistics.squaredDeviations, values: count * area)
        }
        if let winners { settle(winners, norm, in: record.convolved, counts: counts) }
        if let residual {
            try add(residual, to: record.convolved, norm, relu: layer.norm.relu, counts: counts, output: output)
        } else if let winners, record.winners == nil {
            normalize(winners, norm, relu: layer.norm.relu, counts: counts, output: output)
        } else {
            output.normalizeLater(
                record.winners?.values ?? record.convolved, relu: layer.norm.relu, counts: counts, norm.normalization)
        }
    }

    /// Normalises a convolution, and adds the residual.
    private func add(
        _ residual: CPUActivation, to convolved: CPUActivation, _ norm: BatchNormValues, relu: Bool,
        counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let (values, residual) = (LaneGroups(memoryOf: convolved), LaneGroupReader(residual))
        let (channels, area) = (output.shape.channels, output.shape.image.area)
        let scratch = try reserveWorkerScratch(residual.scratchCount)
        let target = LaneGroups(writingTo: output)
        forEachGroup(output, counts) { model, group, worker in
            let added = residual(model, group, in: scratch[worker])
            for channel in 0..<channels {
                let start = channel * area
                norm.normalization(model: model, channel: channel).apply(
                    values(model, group) + start, residual: added + start, relu: relu, count: area,
                    output: target(model, group) + start)
            }
        }
    }

    /// Normalises winners that nobody keeps.
    private func normalize(
        _ winners: RecordedWinners, _ norm: BatchNormValues, relu: Bool, counts: SampleCounts, output: CPUActivation
    ) {
        let target = LaneGroups(writingTo: output)
        forEachGroup(output, counts) { model, group, _ in
            for channel in 0..<output.shape.channels {
                norm.normalization(model: model, channel: channel).apply(
                    winners(model, group, channel).values, residual: nil, relu: relu, count: winners.area,
                    output: target(model, group) + channel * winners.area)
            }
        }
    }

    /// Finds the winners of a layer whose forward pass had no room for them.
    func findWinners(
        _ winners: RecordedWinners, _ norm: BatchNorm<CPUParameters>, _ record: Record, counts: SampleCounts
    ) {
        let (shape, convolved) = (record.convolved.shape, formed(record.convolved))
        forEachGroup(models: shape.models, groups: record.convolved.groups, counts: counts) { model, group, _, _ in
            for channel in 0..<shape.channels {
                winners.find(
                    model, group, channel, in: UnsafePointer(convolved(model, group)) + channel * shape.image.area)
            }
        }
        settle(winners, BatchNormValues(norm, record), in: record.convolved, counts: counts)
    }

    /// Finds the winners again in channels in which a normalisation does not keep the order of the values.
    private func settle(
        _ winners: RecordedWinners, _ norm: BatchNormValues, in convolved: CPUActivation, counts: SampleCounts
    ) {
        let (shape, convolved) = (convolved.shape, LaneGroups(memoryOf: convolved))
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                let normalization = norm.normalization(model: model, channel: channel)
                guard !normalization.isOrdered else { continue }
                pool.run(Lanes.groups(for: counts.perModel[model])) { group, _ in
                    winners.plan.findWinners(
                        of: UnsafePointer(convolved(model, group)) + channel * shape.image.area, after: normalization,
                        winners: winners(model, group, channel))
                }
            }
        }
    }

    package func forwardEvaluation(
        _ layer: ConvolutionNorm<CPUParameters>, input: CPUActivation, residual: CPUActivation?, counts: SampleCounts,
        output: CPUActivation
    ) throws(BackendError) {
        try layer.validateForward(
            input: input, residual: residual, record: nil, output: output, counts: counts,
            operation: "forward, evaluation")
        let shape = layer.convolvedShape(for: input.shape)
        let packed = try pack(
            layer.weights, bias: layer.bias, folding: layer.norm, for: algorithms(for: layer.convolution).forward,
            counts: counts)
        let ending = NormEnding(layer.norm, image: shape.image)
        let scratch = try reserveWorkerScratch(packed.scratchCount + shape.valuesPerSample)
        let (input, residual) = (formed(input), residual.map { formed($0) })
        let target = LaneGroups(writingTo: output)
        forEachGroup(output, counts) { model, group, worker in
            let result = target(model, group)
            // What is pooled does not leave the cache.
            let convolved = ending.isPooled ? scratch[worker] + packed.scratchCount : result
            packed.convolve(model, input(model, group), scratch: scratch[worker], result: convolved)
            ending.apply(
                to: convolved, channels: shape.channels,
                residual: residual.map { UnsafePointer($0(model, group)) }, output: result)
        }
    }

    /// Calls `body(model, group, worker)` for every lane group of an output that holds samples, and writes zeros where
    /// it holds none.
    private func forEachGroup(
        _ output: CPUActivation, _ counts: SampleCounts,
        _ body: (_ model: Int, _ group: Int, _ worker: Int) -> Void
    ) {
        let (count, groups, values) = (output.shape.valuesPerSample, output.groups, LaneGroups(memoryOf: output))
        pass(output.shape.models * groups) { task, worker in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            if used > 0 { body(model, group, worker) }
            clearPadding(of: values(model, group), count: count, used: used)
        }
    }
}

/// The numbers of a batch norm in training.
struct BatchNormValues: BitwiseCopyable {
    let weight: SliceValues
    let mean: SliceValues
    let inverseDeviation: SliceValues
    private let bias: SliceValues
    private let runningMean: SliceValues
    private let runningVariance: SliceValues
    private let (epsilon, momentum): (Float, Float)

    init(_ norm: BatchNorm<CPUParameters>, _ record: CPUBackend.Record) {
        weight = SliceValues(norm.weight)
        bias = SliceValues(norm.bias)
        runningMean = SliceValues(norm.runningMean)
        runningVariance = SliceValues(norm.runningVariance)
        mean = SliceValues(record.mean)
        inverseDeviation = SliceValues(record.inverseDeviation)
        (epsilon, momentum) = (norm.epsilon, norm.momentum)
    }

    /// Records the moments of a channel's `values` values, and moves the running estimates towards them.
    func keep(model: Int, channel: Int, mean: Double, squaredDeviations: Double, values: Int) {
        self.mean[model, channel] = Float(mean)
        inverseDeviation[model, channel] = Float(
            1 / (squaredDeviations / Double(values) + Double(epsilon)).squareRoot())
        let variance = Float(squaredDeviations / Double(values - 1))
        runningMean[model, channel] = (1 - momentum) * runningMean[model, channel] + momentum * Float(mean)
        runningVariance[model, channel] = (1 - momentum) * runningVariance[model, channel] + momentum * variance
    }

    /// The normalisation by the batch's moments.
    func normalization(model: Int, channel: Int) -> ChannelNormalization {
        ChannelNormalization(
            mean: mean[model, channel], scale: weight[model, channel] * inverseDeviation[model, channel],
            shift: bias[model, channel])
    }
}

extension ChannelNormalization {
    /// Normalisation by the running estimates.
    init(running norm: BatchNorm<CPUParameters>, model: Int, channel: Int) {
        self.init(
            mean: norm.runningMean.model(model)[channel],
            scale: norm.weight.model(model)[channel]
                / (norm.runningVariance.model(model)[channel] + norm.epsilon).squareRoot(),
            shift: norm.bias.model(model)[channel])
    }
}

/// Where the winners of a layer's pooling are noted.
struct RecordedWinners: BitwiseCopyable {
    let plan: PoolPlan
    /// Windows of a channel.
    let area: Int
    private let places: UnsafeMutablePointer<LaneShorts>
    private let values: UnsafeMutablePointer<Vector>
    private let (groups, channels): (Int, Int)
    /// The scales of the batch norm, whose signs decide who wins.
    private let weight: SliceValues

    /// Nil for a layer without pooling.
    ///
    /// - Parameter output: of the layer; where the record has no room, the backend has.
    init?(
        _ norm: BatchNorm<CPUParameters>, _ record: CPUBackend.Record, output: CPUActivation, on backend: CPUBackend
    ) throws(BackendError) {
        guard let pool = norm.pool else { return nil }
        plan = PoolPlan(pool, input: record.convolved.shape.image)
        area = plan.output.area
        weight = SliceValues(norm.weight)
        (groups, channels) = (output.groups, output.shape.channels)
        if let winners = record.winners {
            places = UnsafeMutableRawPointer(LaneGroups(writingTo: winners.places)(0, 0)).assumingMemoryBound(
                to: LaneShorts.self)
            values = LaneGroups(writingTo: winners.values)(0, 0)
        } else {
            values = try backend.winners.reserve(output.vectorCount + (output.vectorCount + 1) / 2, of: Vector.self)
            places = UnsafeMutableRawPointer(values + output.vectorCount).assumingMemoryBound(to: LaneShorts.self)
        }
    }

    /// Those of one channel of a lane group.
    func callAsFunction(_ model: Int, _ group: Int, _ channel: Int) -> WindowWinners {
        let first = ((model * groups + group) * channels + channel) * area
        return WindowWinners(places: places + first, values: values + first)
    }

    /// Finds those of one channel of a lane group.
    func find(_ model: Int, _ group: Int, _ channel: Int, in values: UnsafePointer<Vector>) {
        plan.findWinners(
            of: values, isTurned: weight[model, channel] < 0, winners: self(model, group, channel))
    }
}

/// What a folded batch norm leaves to do, to one lane group: residual, ReLU, max-pooling.
private struct NormEnding {
    private let relu: Bool
    private let pool: PoolPlan?
    private let area: Int

    init(_ norm: BatchNorm<CPUParameters>, image: Extent) {
        relu = norm.relu
        pool = norm.pool.map { PoolPlan($0, input: image) }
        area = image.area
    }

    var isPooled: Bool { pool != nil }

    /// Ends values that are normalised already; without a pooling, `values` is `output`.
    func apply(
        to values: UnsafeMutablePointer<Vector>, channels: Int, residual: UnsafePointer<Vector>?,
        output: UnsafeMutablePointer<Vector>
    ) {
        if let pool {
            for channel in 0..<channels {
                pool.maxima(
                    of: values + channel * pool.input.area, relu: relu, output: output + channel * pool.output.area)
            }
            return
        }
        switch (residual, relu) {
        case (nil, false): break
        case (nil, true): for index in 0..<channels * area { output[index] = rectified(output[index]) }
        case (let residual?, false): for index in 0..<channels * area { output[index] += residual[index] }
        case (let residual?, true):
            for index in 0..<channels * area { output[index] = rectified(output[index] + residual[index]) }
        }
    }
}
