package import Backend

extension CPUBackend {
    package func normalizeTraining(
        _ norm: BatchNorm<CPUParameters>, input: CPUActivation, residual: CPUActivation?, counts: SampleCounts,
        savedMean: Slice, savedInverseDeviation: Slice, output: CPUActivation
    ) throws(BackendError) {
        let operation = "normalize training"
        let shape = input.shape
        try norm.validate(
            shape: shape, others: [residual?.shape, output.shape], channelValues: [savedMean, savedInverseDeviation],
            counts: counts, operation: operation)
        try norm.requireSeveralValues(shape: shape, counts: counts, operation: operation)

        let (channels, area, groups) = (shape.channels, shape.image.area, input.groups)
        let moments = try reserveSharedScratch(shape.models * groups * channels, of: LaneMoments.self)
        forEachGroup(models: shape.models, groups: groups, counts: counts) { model, group, _, _ in
            let values = UnsafePointer(input.group(model, group))
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
                savedMean.model(model)[channel] = Float(statistics.mean)
                savedInverseDeviation.model(model)[channel] = Float(
                    1 / (statistics.squaredDeviations / values + Double(norm.epsilon)).squareRoot())
                let variance = Float(statistics.squaredDeviations / (values - 1))
                let runningMean = norm.runningMean.model(model) + channel
                let runningVariance = norm.runningVariance.model(model) + channel
                runningMean.pointee =
                    (1 - norm.momentum) * runningMean.pointee + norm.momentum * Float(statistics.mean)
                runningVariance.pointee =
                    (1 - norm.momentum) * runningVariance.pointee + norm.momentum * variance
            }
        }
        normalize(
            input: input, residual: residual, counts: counts, relu: norm.relu, output: output
        ) { model, channel in
            ChannelNormalization(
                mean: savedMean.model(model)[channel],
                scale: norm.weight.model(model)[channel] * savedInverseDeviation.model(model)[channel],
                shift: norm.bias.model(model)[channel])
        }
    }

    package func normalizeEvaluation(
        _ norm: BatchNorm<CPUParameters>, input: CPUActivation, residual: CPUActivation?, counts: SampleCounts,
        output: CPUActivation
    ) throws(BackendError) {
        try norm.validate(
            shape: input.shape, others: [residual?.shape, output.shape], counts: counts,
            operation: "normalize evaluation")
        normalize(
            input: input, residual: residual, counts: counts, relu: norm.relu, output: output
        ) { model, channel in
            ChannelNormalization(
                mean: norm.runningMean.model(model)[channel],
                scale: norm.weight.model(model)[channel]
                    / (norm.runningVariance.model(model)[channel] + norm.epsilon).squareRoot(),
                shift: norm.bias.model(model)[channel])
        }
    }

    package func normalizeGradient(
        _ norm: BatchNorm<CPUParameters>, input: CPUActivation, output: CPUActivation, outputGradient: CPUActivation,
        counts: SampleCounts, savedMean: Slice, savedInverseDeviation: Slice, weightGradient: Slice,
        biasGradient: Slice, residualGradient: CPUActivation?, inputGradient: CPUActivation
    ) throws(BackendError) {
        let operation = "normalize gradient"
        let shape = input.shape
        try norm.validate(
            shape: shape, others: [output.shape, outputGradient.shape, residualGradient?.shape, inputGradient.shape],
            channelValues: [savedMean, savedInverseDeviation, weightGradient, biasGradient], counts: counts,
            operation: operation)

        let (channels, area, groups, relu) = (shape.channels, shape.image.area, input.groups, norm.relu)
        let sums = try reserveSharedScratch(shape.models * groups * channels, of: LaneGradientSums.self)
        forEachGroup(models: shape.models, groups: groups, counts: counts) { model, group, _, _ in
            for channel in 0..<channels {
                sums[(model * groups + group) * channels + channel] = LaneGradientSums(
                    input: input.group(model, group) + channel * area,
                    output: relu ? UnsafePointer(output.group(model, group) + channel * area) : nil,
                    outputGradient: outputGradient.group(model, group) + channel * area,
                    mean: savedMean.model(model)[channel], count: area)
            }
        }
        pool.run(shape.models) { model, _ in
            for channel in 0..<channels {
                let total = LaneGradientSums.merge(
                    sums + model * groups * channels + channel, stride: channels, samples: counts.perModel[model])
                biasGradient.model(model)[channel] = Float(total.gradient)
                weightGradient.model(model)[channel] =
                    counts.perModel[model] == 0
                    ? 0 : Float(total.product * Double(savedInverseDeviation.model(model)[channel]))
            }
        }
        pool.run(shape.models * groups) { task, _ in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let count = counts.perModel[model]
            let used = Lanes.used(group: group, count: count)
            let target = inputGradient.group(model, group)
            let residualTarget = residualGradient?.group(model, group)
            guard used > 0 else {
                target.update(repeating: Vector(), count: channels * area)
                residualTarget?.update(repeating: Vector(), count: channels * area)
                return
            }
            for channel in 0..<channels {
                let inverseDeviation = savedInverseDeviation.model(model)[channel]
                let values = Float(count * area)
                let offset = channel * area
                ChannelGradient(
                    mean: savedMean.model(model)[channel],
                    scale: norm.weight.model(model)[channel] * inverseDeviation,
                    meanGradient: biasGradient.model(model)[channel] / values,
                    slope: weightGradient.model(model)[channel] * inverseDeviation / values
                ).apply(
                    input: input.group(model, group) + offset,
                    output: relu ? UnsafePointer(output.group(model, group) + offset) : nil,
                    outputGradient: outputGradient.group(model, group) + offset, count: area,
                    padding: used < Lanes.width ? Lanes.padding(after: used) : nil,
                    residualGradient: residualTarget.map { $0 + offset }, inputGradient: target + offset)
            }
        }
    }

    /// One pass over all samples: normalisation, residual, ReLU, zeros in the padding.
    private func normalize(
        input: CPUActivation, residual: CPUActivation?, counts: SampleCounts, relu: Bool, output: CPUActivation,
        by normalization: (_ model: Int, _ channel: Int) -> ChannelNormalization
    ) {
        let (channels, area, groups) = (input.shape.channels, input.shape.image.area, input.groups)
        pool.run(input.shape.models * groups) { task, _ in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            let target = output.group(model, group)
            guard used > 0 else {
                target.update(repeating: Vector(), count: channels * area)
                return
            }
            for channel in 0..<channels {
                let offset = channel * area
                normalization(model, channel).apply(
                    input.group(model, group) + offset,
                    residual: residual.map { UnsafePointer($0.group(model, group)) + offset },
                    relu: relu, count: area, output: target + offset)
            }
            if used < Lanes.width {
                let padding = Lanes.padding(after: used)
                for index in 0..<channels * area { target[index].replace(with: 0, where: padding) }
            }
        }
    }
}
