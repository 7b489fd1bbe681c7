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
        let convolved = materialized(record.convolved)
        let argmax = try ArgmaxIndices(layer.norm, record, output: output, on: self)
        if record.argmax == nil, let argmax { find(argmax, layer.norm, record, counts: counts) }
        let norm = NormGradient(
            layer, record: record, convolved: convolved, output: output, outputGradient: materialized(outputGradient),
            gradients: gradients,
            sums: try partialSums.reserve(
                models * groups * record.convolved.shape.channels, of: GroupGradientSums.self),
            argmax: argmax)
        let packed = try inputGradient.map { _ throws(BackendError) in
            try pack(layer.weights, bias: nil, for: algorithms.inputGradient, counts: counts)
        }
        let job = WeightGradientJob(plan: algorithms.plan, groups: groups)
        let partial = try partialGradients.reserve(models * job.modelCount, of: Float.self)
        let reduction = reductionFlags.reduction(sums: models, tasks: job.chunks)
        let source = LaneGroupReader(input)
        let inputOffset = job.scratchCount(free: packed?.scratchCount ?? 0)
        let scratch = try reserveWorkerScratch(inputOffset + source.scratchCount)
        if accumulate, let inputGradient { _ = materialized(inputGradient) }
        let inputTarget = inputGradient.map { LaneGroups(writingTo: $0) }
        // The gradients overwrite the values that `output` would be materialised from.
        output.deferred = nil
        forEachGroup(models: models, groups: groups, counts: counts) { model, group, used, _ in
            norm.sum(model, group, used: used)
        }
        let channels = record.convolved.shape.channels
        for (model, count) in counts.perModel.enumerated() {
            for channel in 0..<channels { norm.merge(model, channel, samples: count) }
        }
        // The gradient of a lane group is used while it is in the cache.
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
                    source(model, group, in: scratch[worker] + inputOffset), gradient, used: used, to: sums)
                if let packed, let inputTarget {
                    packed.convolve(
                        model, gradient, accumulate: accumulate, scratch: sums.free, result: inputTarget(model, group))
                }
            }
            let (chunks, partial) = (SampleChunk.count(samples: count), partial + model * job.modelCount)
            guard chunk < chunks else { return }
            job.finish(sums, partial: partial + chunk * job.partialCount)
            guard reduction.end(chunk, of: chunks, sum: model, partials: partial, size: job.partialCount) else {
                return
            }
            job.write(
                partial, weightGradient: gradients.weights.model(model), biasGradient: gradients.bias?.model(model))
        }
    }
}
