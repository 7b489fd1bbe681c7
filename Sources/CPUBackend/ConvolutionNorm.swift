package import Backend

extension CPUBackend {
    package func forwardTraining(
        _ layer: ConvolutionNorm<CPUParameters>, input: CPUActivation, residual: CPUActivation?, counts: SampleCounts,
        record: Record, output: CPUActivation
    ) throws(BackendError) {
        try layer.validateForward(
            input: input, residual: residual, record: record, output: output, counts: counts,
            operation: "forward, training")
        let (norm, convolved) = (layer.norm, record.convolved)
        let (shape, groups) = (convolved.shape, convolved.groups)
        let (channels, area) = (shape.channels, shape.image.area)
        let packed = try pack(
            layer.weights, bias: layer.bias, as: plans(for: layer.convolution).forward, counts: counts)
        let scratch = try reserveWorkerScratch(max(packed.scratchCount, area))
        let moments = try partialSums.reserve(shape.models * groups * channels, of: LaneMoments.self)
        // The moments of a lane group are taken while it is still in the cache.
        forEachGroup(models: shape.models, groups: groups, counts: counts) { model, group, _, worker in
            let values = convolved.group(model, group)
            packed.convolve(model, input.group(model, group), scratch: scratch[worker], result: values)
            for channel in 0..<channels {
                moments[(model * groups + group) * channels + channel] = LaneMoments(
                    of: values + channel * area, count: area)
            }
        }
        pool.run(shape.models) { model, _ in
            let count = counts.perModel[model]
            guard count > 0 else { return }
            for channel in 0..<channels {
                let statistics = LaneMoments.merge(
                    moments + model * groups * channels + channel, stride: channels, samples: count, area: area)
                let values = Double(count * area)
                record.mean.model(model)[channel] = Float(statistics.mean)
                record.inverseDeviation.model(model)[channel] = Float(
                    1 / (statistics.squaredDeviations / values + Double(norm.epsilon)).squareRoot())
                norm.moveEstimates(
                    model: model, channel: channel, mean: Float(statistics.mean),
                    variance: Float(statistics.squaredDeviations / (values - 1)))
            }
        }
        let ending = NormEnding(norm, image: shape.image)
        forEachGroup(output, counts) { model, group, worker in
            for channel in 0..<channels {
                ending.apply(
                    ChannelNormalization(batch: norm, record, model: model, channel: channel),
                    to: convolved.group(model, group) + channel * area,
                    residual: residual.map { UnsafePointer($0.group(model, group)) + channel * area },
                    scratch: scratch[worker], output: output.group(model, group) + channel * ending.outputArea)
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
            layer.weights, bias: layer.bias, folding: layer.norm, as: plans(for: layer.convolution).forward,
            counts: counts)
        let ending = NormEnding(layer.norm, image: shape.image)
        let scratch = try reserveWorkerScratch(packed.scratchCount + shape.valuesPerSample)
        forEachGroup(output, counts) { model, group, worker in
            let result = output.group(model, group)
            // What is pooled does not leave the cache.
            let convolved = ending.isPooled ? scratch[worker] + packed.scratchCount : result
            packed.convolve(model, input.group(model, group), scratch: scratch[worker], result: convolved)
            ending.apply(
                to: convolved, channels: shape.channels,
                residual: residual.map { UnsafePointer($0.group(model, group)) }, output: result)
        }
    }

    /// Calls `body(model, group, worker)` for every lane group of an output that holds samples, and writes zeros where
    /// it holds none.
    private func forEachGroup(
        _ output: CPUActivation, _ counts: SampleCounts, _ body: (_ model: Int, _ group: Int, _ worker: Int) -> Void
    ) {
        let count = output.shape.valuesPerSample
        pool.run(output.shape.models * output.groups) { task, worker in
            let (model, group) = task.quotientAndRemainder(dividingBy: output.groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            let values = output.group(model, group)
            if used > 0 { body(model, group, worker) }
            clearPadding(of: values, count: count, used: used)
        }
    }
}

extension BatchNorm<CPUParameters> {
    /// Moves the running estimates of a channel towards a batch's.
    func moveEstimates(model: Int, channel: Int, mean: Float, variance: Float) {
        let estimates = (runningMean.model(model) + channel, runningVariance.model(model) + channel)
        estimates.0.pointee = (1 - momentum) * estimates.0.pointee + momentum * mean
        estimates.1.pointee = (1 - momentum) * estimates.1.pointee + momentum * variance
    }
}

extension ChannelNormalization {
    /// Normalisation by the batch's moments.
    init(
        batch norm: BatchNorm<CPUParameters>, _ record: CPUBackend.Record, model: Int, channel: Int
    ) {
        self.init(
            mean: record.mean.model(model)[channel],
            scale: norm.weight.model(model)[channel] * record.inverseDeviation.model(model)[channel],
            shift: norm.bias.model(model)[channel])
    }

    /// Normalisation by the running estimates.
    init(running norm: BatchNorm<CPUParameters>, model: Int, channel: Int) {
        self.init(
            mean: norm.runningMean.model(model)[channel],
            scale: norm.weight.model(model)[channel]
                / (norm.runningVariance.model(model)[channel] + norm.epsilon).squareRoot(),
            shift: norm.bias.model(model)[channel])
    }
}

/// What a batch norm does after its normalisation, to one lane group: residual, ReLU, max-pooling.
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
    /// Pixels of one channel of the output.
    var outputArea: Int { pool?.output.area ?? area }

    /// Normalises a channel and ends it.
    /// - Parameter scratch: room for a channel of the input.
    func apply(
        _ normalization: ChannelNormalization, to values: UnsafePointer<Vector>, residual: UnsafePointer<Vector>?,
        scratch: UnsafeMutablePointer<Vector>, output: UnsafeMutablePointer<Vector>
    ) {
        if let pool {
            // ReLU keeps the order, so it can wait until there is less to do.
            normalization.apply(values, residual: nil, relu: false, count: area, output: scratch)
            pool.maxima(of: scratch, relu: relu, output: output)
        } else {
            normalization.apply(values, residual: residual, relu: relu, count: area, output: output)
        }
    }

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
