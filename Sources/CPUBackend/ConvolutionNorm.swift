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
        let argmax = try ArgmaxIndices(layer.norm, record, output: output, on: self)
        let (channels, area) = (shape.channels, shape.image.area)
        let packed = try pack(
            layer.weights, bias: layer.bias, for: algorithms(for: layer.convolution).forward, counts: counts)
        let scratch = try reserveWorkerScratch(packed.scratchCount + source.scratchCount)
        let moments = try partialSums.reserve(shape.models * groups * channels, of: GroupMoments.self)
        // The moments and the argmax are computed while the lane group is in the cache.
        forEachGroup(models: shape.models, groups: groups, counts: counts) { model, group, used, worker in
            let values = convolved(model, group)
            let image = source(model, group, in: scratch[worker] + packed.scratchCount)
            packed.convolve(model, image, scratch: scratch[worker], result: values)
            for channel in 0..<channels {
                moments[(model * groups + group) * channels + channel] = GroupMoments(
                    of: values + channel * area, count: area, used: used)
                argmax?.find(model, group, channel, in: values + channel * area)
            }
        }
        // Too little work to be worth waking other threads.
        for (model, count) in counts.perModel.enumerated() where count > 0 {
            for channel in 0..<channels {
                let statistics = GroupMoments.merge(
                    moments + model * groups * channels + channel, stride: channels, samples: count, area: area)
                norm.save(
                    model: model, channel: channel, mean: statistics.mean,
                    squaredDeviations: statistics.squaredDeviations, values: count * area)
            }
        }
        if let argmax { recompute(argmax, norm, in: record.convolved, counts: counts) }
        if let residual {
            try add(residual, to: record.convolved, norm, relu: layer.norm.relu, counts: counts, output: output)
        } else if let argmax, record.argmax == nil {
            normalize(argmax, norm, relu: layer.norm.relu, counts: counts, output: output)
        } else {
            output.normalizeLater(
                record.argmax?.values ?? record.convolved, relu: layer.norm.relu, counts: counts, norm.normalization)
        }
    }

    /// Normalises the output of a convolution and adds the residual.
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

    /// Normalises the maxima of a pooling that the record does not save.
    private func normalize(
        _ argmax: ArgmaxIndices, _ norm: BatchNormValues, relu: Bool, counts: SampleCounts, output: CPUActivation
    ) {
        let target = LaneGroups(writingTo: output)
        forEachGroup(output, counts) { model, group, _ in
            for channel in 0..<output.shape.channels {
                norm.normalization(model: model, channel: channel).apply(
                    argmax(model, group, channel).values, residual: nil, relu: relu, count: argmax.area,
                    output: target(model, group) + channel * argmax.area)
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
        let epilogue = NormEpilogue(layer.norm, image: shape.image)
        let scratch = try reserveWorkerScratch(packed.scratchCount + shape.valuesPerSample)
        let (input, residual) = (materialized(input), residual.map { materialized($0) })
        let target = LaneGroups(writingTo: output)
        forEachGroup(output, counts) { model, group, worker in
            let result = target(model, group)
            // The input of a pooling stays in the cache.
            let convolved = epilogue.isPooled ? scratch[worker] + packed.scratchCount : result
            packed.convolve(model, input(model, group), scratch: scratch[worker], result: convolved)
            epilogue.apply(
                to: convolved, channels: shape.channels,
                residual: residual.map { UnsafePointer($0(model, group)) }, output: result)
        }
    }

    /// Calls `body(model, group, worker)` for every lane group of an output with samples, and writes zeros to its other
    /// lanes.
    func forEachGroup(
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

/// The epilogue of a convolution with folded batch norm: residual, ReLU and max-pooling of one lane group.
private struct NormEpilogue {
    private let relu: Bool
    private let pool: PoolPlan?
    private let area: Int

    init(_ norm: BatchNorm<CPUParameters>, image: Extent) {
        relu = norm.relu
        pool = norm.pool.map { PoolPlan($0, input: image) }
        area = image.area
    }

    var isPooled: Bool { pool != nil }

    /// Applies the epilogue to normalised values; without a pooling, `values` is `output`.
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
