package import Backend

extension CPUBackend {
    package func uncheckedBackwardOutput(
        _ layer: FusedLayer, output: CPUActivation, outputGradient: CPUActivation, counts: SampleCounts,
        workspace: CPUWorkspace
    ) throws(BackendError) {
        // The second half overwrites the values that `output` would be materialised from.
        defer { output.loseValues() }
        guard layer.relu || layer.norm != nil else { return }
        let sums = NormGradientSums(
            layer, workspace, output: output.reader(), outputGradient: materialized(outputGradient),
            groups: output.groups)
        forEachGroup(models: output.shape.models, groups: output.groups, counts: counts) { model, group, used, _ in
            sums.sum(model, group, used: used)
        }
    }

    package func uncheckedBackwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>, input: CPUActivation,
        outputGradient: CPUActivation, counts: SampleCounts, workspace: CPUWorkspace,
        gradients: FusedLayerGradients<CPUParameters>, inputGradient: CPUActivation?, accumulate: Bool
    ) throws(BackendError) {
        let (models, groups) = (input.shape.models, input.groups)
        let algorithms = try algorithms(for: layer)
        let values = workspace.values
        let norm = NormGradient(
            layer, parameters, gradients, workspace, outputGradient: materialized(outputGradient), groups: groups)
        let packed = try inputGradient.map { _ throws(BackendError) in
            try pack(parameters.weights, bias: nil, for: algorithms.inputGradient, counts: counts)
        }
        let job = algorithms.plan.map { WeightGradientJob(plan: $0) }
        let chunkCount = SampleChunk.count(groups: groups)
        let partialCount = job?.partialCount ?? 0
        let partial = try partialGradients.reserve(models * chunkCount * partialCount, of: Float.self)
        let reduction = reductionFlags.reduction(sums: models, tasks: chunkCount)
        let source = input.reader()
        let free = packed?.scratchCount ?? 0
        let inputOffset = job?.scratchCount(free: free) ?? free
        let scratch = try reserveWorkerScratch(inputOffset + source.scratchCount)
        if accumulate, let inputGradient { _ = materialized(inputGradient) }
        let inputTarget = inputGradient.map { $0.writer() }
        for (model, count) in counts.perModel.enumerated() { norm.merge(model, samples: count) }
        // The gradient of a lane group is used while it is in the cache.
        pass(models * chunkCount) { task, worker in
            let (model, chunk) = task.quotientAndRemainder(dividingBy: chunkCount)
            let count = counts.perModel[model]
            var sums = job?.start(in: scratch[worker])
            for group in chunk * SampleChunk.groups..<min((chunk + 1) * SampleChunk.groups, groups) {
                let used = Lanes.used(group: group, count: count)
                norm.apply(model, group, samples: count, used: used)
                guard used > 0 else { continue }
                let gradient = UnsafePointer(values(model, group))
                if let job {
                    job.add(source(model, group, in: scratch[worker] + inputOffset), gradient, used: used, to: &sums!)
                }
                if let packed, let inputTarget {
                    packed.convolve(
                        model, gradient, accumulate: accumulate, scratch: sums?.free ?? scratch[worker],
                        result: inputTarget(model, group))
                }
            }
            let chunks = SampleChunk.count(samples: count)
            guard let job, let sums, chunk < chunks else { return }
            let partial = partial + model * chunkCount * partialCount
            job.finish(sums, partial: partial + chunk * partialCount)
            guard reduction.end(chunk, of: chunks, sum: model, partials: partial, size: partialCount) else { return }
            job.write(
                partial, weightGradient: gradients.weights?.model(model), biasGradient: gradients.bias?.model(model))
        }
    }
}
