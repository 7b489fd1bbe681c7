package import Backend

extension CPUBackend {
    package func uncheckedForwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>, input: CPUActivation,
        residual: CPUActivation?, counts: SampleCounts, workspace: CPUWorkspace, output: CPUActivation
    ) throws(BackendError) {
        let (models, groups) = (input.shape.models, input.groups)
        let (channels, area) = (layer.unpooled.channels, layer.unpooled.image.area)
        let (source, values, argmax) = (input.reader(), workspace.values, workspace.argmax)
        let norm = BatchNormValues(layer, parameters, workspace)
        let packed = try pack(
            parameters.weights, bias: parameters.bias, for: algorithms(for: layer).forward, counts: counts)
        let scratch = try reserveWorkerScratch(packed.scratchCount + source.scratchCount)
        let moments = try partialSums.reserve(models * groups * channels, of: GroupMoments.self)
        // The moments and the argmax are computed while the lane group is in the cache.
        forEachGroup(models: models, groups: groups, counts: counts) { model, group, used, worker in
            let values = values(model, group)
            let image = source(model, group, in: scratch[worker] + packed.scratchCount)
            packed.convolve(model, image, scratch: scratch[worker], result: values)
            for channel in 0..<channels {
                if let norm {
                    moments[(model * groups + group) * channels + channel] = GroupMoments(
                        of: values + channel * area, count: area, used: used)
                    argmax?.find(
                        model, group, channel, in: values + channel * area,
                        isDecreasing: norm.isDecreasing(model, channel))
                } else {
                    // Without a norm, whose moments would be NaN too, a NaN is found only by looking at each value.
                    argmax?.find(model, group, channel, in: values + channel * area, after: .identity)
                }
            }
        }
        if let norm {
            save(norm, moments, groups: groups, channels: channels, area: area, counts: counts)
            if let argmax { recompute(argmax, norm, in: values, channels: channels, area: area, counts: counts) }
        }
        func normalization(_ model: Int, _ channel: Int) -> ChannelNormalization {
            norm?.normalization(model: model, channel: channel) ?? .identity
        }
        if let residual {
            try add(residual, to: values, relu: layer.relu, counts: counts, output: output, normalization)
        } else {
            output.normalizeLater(
                argmax?.maxima ?? values, of: workspace, relu: layer.relu, counts: counts, normalization)
        }
    }

    /// Merges the moments of the lane groups, and saves them.
    private func save(
        _ norm: BatchNormValues, _ moments: UnsafePointer<GroupMoments>, groups: Int, channels: Int, area: Int,
        counts: SampleCounts
    ) {
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
    }

    /// Normalises values and adds the residual.
    private func add(
        _ residual: CPUActivation, to values: LaneGroups, relu: Bool, counts: SampleCounts, output: CPUActivation,
        _ normalization: (_ model: Int, _ channel: Int) -> ChannelNormalization
    ) throws(BackendError) {
        let residual = residual.reader()
        let (channels, area) = (output.shape.channels, output.shape.image.area)
        let scratch = try reserveWorkerScratch(residual.scratchCount)
        let target = output.writer()
        forEachGroup(writing: target, output.shape, counts) { model, group, worker in
            let added = residual(model, group, in: scratch[worker])
            for channel in 0..<channels {
                let start = channel * area
                normalization(model, channel).apply(
                    values(model, group) + start, residual: added + start, relu: relu, count: area,
                    output: target(model, group) + start)
            }
        }
    }

    package func uncheckedForwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>, input: CPUActivation,
        residual: CPUActivation?, counts: SampleCounts, output: CPUActivation
    ) throws(BackendError) {
        let unpooled = layer.unpooled
        let running = ChannelNormalization.running(layer, parameters)
        // Without a convolution, there are no weights that the norm could be folded into.
        let unfolded = layer.convolution == nil ? running : nil
        let packed = try pack(
            parameters.weights, bias: parameters.bias, folding: running, for: algorithms(for: layer).forward,
            counts: counts)
        let epilogue = FusedEpilogue(layer)
        let scratch = try reserveWorkerScratch(packed.scratchCount + unpooled.count)
        let (input, residual) = (materialized(input), residual.map { materialized($0) })
        let target = output.writer()
        forEachGroup(writing: target, output.shape, counts) { model, group, worker in
            let result = target(model, group)
            // The input of a pooling stays in the cache.
            let values = epilogue.isPooled ? scratch[worker] + packed.scratchCount : result
            packed.convolve(model, input(model, group), scratch: scratch[worker], result: values)
            if let unfolded {
                for channel in 0..<unpooled.channels {
                    let start = values + channel * unpooled.image.area
                    unfolded(model, channel).apply(
                        start, residual: nil, relu: false, count: unpooled.image.area, output: start)
                }
            }
            epilogue.apply(to: values, residual: residual.map { UnsafePointer($0(model, group)) }, output: result)
        }
    }
}

/// What follows the convolution and the norm in evaluation: residual, ReLU and max-pooling of one lane group.
private struct FusedEpilogue {
    private let relu: Bool
    private let pool: PoolPlan?
    private let channels: Int
    private let area: Int

    init(_ layer: FusedLayer) {
        relu = layer.relu
        pool = layer.pool.map { PoolPlan($0, input: layer.unpooled.image) }
        (channels, area) = (layer.unpooled.channels, layer.unpooled.image.area)
    }

    var isPooled: Bool { pool != nil }

    /// Applies the epilogue to normalised values; without a pooling, `values` is `output`.
    func apply(
        to values: UnsafeMutablePointer<Vector>, residual: UnsafePointer<Vector>?,
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
