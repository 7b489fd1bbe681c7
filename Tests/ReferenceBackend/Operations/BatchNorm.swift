package import Backend

/// `y = activation(weight (x - mean) / sqrt(variance + epsilon) + bias + residual)`, and its derivatives.
extension ReferenceBackend {
    /// Batch norm in training, without pooling.
    package func normalizeTraining(
        _ norm: BatchNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        savedMean: Slice, savedRstd: Slice, output: Activation
    ) throws(BackendError) {
        let operation = "batch norm, training"
        let shape = input.shape
        try norm.validate(
            shape: shape, residual: residual?.shape, outputs: [], channelValues: [savedMean, savedRstd],
            counts: counts, operation: operation)
        try norm.requireSeveralValues(shape: shape, counts: counts, operation: operation)

        let momentum = Double(norm.momentum)
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                let values = input.channel(model, channel, samples: counts.perModel[model])
                let count = Double(values.count)
                let mean = values.reduce(0, +) / count
                let squaredDeviations = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let rstd = 1 / (squaredDeviations / count + Double(norm.epsilon)).squareRoot()

                savedMean[model, channel] = stored(mean)
                savedRstd[model, channel] = stored(rstd)
                norm.runningMean[model, channel] = stored(
                    (1 - momentum) * norm.runningMean[model, channel] + momentum * mean)
                norm.runningVariance[model, channel] = stored(
                    (1 - momentum) * norm.runningVariance[model, channel]
                        + momentum * squaredDeviations / (count - 1))
                normalize(
                    norm, model, channel, input: input, residual: residual, samples: counts.perModel[model],
                    mean: mean, rstd: rstd, output: output)
            }
        }
        output.clearPadding(counts)
    }

    /// Batch norm by the running estimates, without pooling.
    package func normalizeEvaluation(
        _ norm: BatchNorm<Parameters>, input: Activation, residual: Activation?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError) {
        try norm.validate(
            shape: input.shape, residual: residual?.shape, outputs: [], counts: counts,
            operation: "batch norm, evaluation")
        for model in 0..<input.shape.models {
            for channel in 0..<input.shape.channels {
                let variance = norm.runningVariance[model, channel]
                normalize(
                    norm, model, channel, input: input, residual: residual, samples: counts.perModel[model],
                    mean: norm.runningMean[model, channel],
                    rstd: 1 / (variance + Double(norm.epsilon)).squareRoot(), output: output)
            }
        }
    }

    /// The gradient of a batch norm without pooling.
    ///
    /// The input gradient overwrites the input, and the residual gradient overwrites the output gradient.
    package func normalizeGradient(
        _ norm: BatchNorm<Parameters>, values: Activation, output: Activation, outputGradient: Activation,
        counts: SampleCounts, record: Record, weightGradient: Slice, biasGradient: Slice
    ) {
        let shape = values.shape
        for model in 0..<shape.models {
            let samples = counts.perModel[model]
            for channel in 0..<shape.channels {
                let rstd = record.rstd[model, channel]
                let normalized = values.channel(model, channel, samples: samples).map {
                    ($0 - record.mean[model, channel]) * rstd
                }
                var passed = outputGradient.channel(model, channel, samples: samples)
                if norm.relu {
                    let outputs = output.channel(model, channel, samples: samples)
                    for index in passed.indices where outputs[index] <= 0 { passed[index] = 0 }
                }
                let biasSum = passed.reduce(0, +)
                let weightSum = zip(passed, normalized).reduce(0) { $0 + $1.0 * $1.1 }
                let count = Double(passed.count)
                let scale = norm.weight[model, channel] * rstd
                let inputs = zip(passed, normalized).map { gradient, normalized in
                    scale * (gradient - biasSum / count - normalized * weightSum / count)
                }
                weightGradient[model, channel] = stored(weightSum)
                biasGradient[model, channel] = stored(biasSum)
                outputGradient.setChannel(model, channel, passed.map(stored))
                values.setChannel(model, channel, inputs.map(stored))
            }
        }
        values.clearPadding(counts)
    }

    func normalize(
        _ norm: BatchNorm<Parameters>, _ model: Int, _ channel: Int, input: Activation, residual: Activation?,
        samples: Int, mean: Double, rstd: Double, output: Activation
    ) {
        let added = residual?.channel(model, channel, samples: samples)
        let values = input.channel(model, channel, samples: samples).enumerated().map { index, value in
            let normalized = (value - mean) * rstd
            let sum = norm.weight[model, channel] * normalized + norm.bias[model, channel] + (added?[index] ?? 0)
            return norm.relu && sum <= 0 ? 0 : sum
        }
        output.setChannel(model, channel, values.map(stored))
    }
}

extension ReferenceActivation {
    /// One channel of the first samples of a model, `[sample][row][column]`.
    fileprivate func channel(_ model: Int, _ channel: Int, samples: Int) -> [Double] {
        let area = shape.image.area
        return (0..<samples).flatMap { sample in
            values(of: model, sample)[channel * area..<(channel + 1) * area]
        }
    }

    fileprivate func setChannel(_ model: Int, _ channel: Int, _ values: [Double]) {
        let area = shape.image.area
        for (index, value) in values.enumerated() {
            self[model, index / area, channel * area + index % area] = value
        }
    }
}
