package import Backend

/// The moments of a batch: `[model][channel]`.
package struct BatchMoments {
    package internal(set) var mean: [[Double]]
    /// `1 / sqrt(variance + epsilon)`.
    package internal(set) var rstd: [[Double]]

    init(models: Int, channels: Int) {
        mean = Array(repeating: Array(repeating: 0, count: channels), count: models)
        rstd = mean
    }
}

/// `y = weight (x - mean) / sqrt(variance + epsilon) + bias`, and its derivatives.
extension ReferenceBackend {
    /// Batch norm in training: the moments of the batch, and the new running estimates.
    package func moments(
        _ norm: BatchNorm, _ parameters: BatchNormParameters<Parameters>, of input: Activation, counts: SampleCounts
    ) -> BatchMoments {
        let shape = input.shape
        let momentum = Double(norm.momentum)
        var moments = BatchMoments(models: shape.models, channels: shape.channels)
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                let values = input.channel(model, channel, samples: counts.perModel[model])
                let count = Double(values.count)
                let mean = values.reduce(0, +) / count
                let squaredDeviations = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                moments.mean[model][channel] = stored(mean)
                moments.rstd[model][channel] = stored(
                    1 / (squaredDeviations / count + Double(norm.epsilon)).squareRoot())
                parameters.runningMean[model, channel] = stored(
                    (1 - momentum) * parameters.runningMean[model, channel] + momentum * mean)
                parameters.runningVariance[model, channel] = stored(
                    (1 - momentum) * parameters.runningVariance[model, channel]
                        + momentum * squaredDeviations / (count - 1))
            }
        }
        return moments
    }

    /// The running estimates as moments.
    package func runningMoments(
        _ norm: BatchNorm, _ parameters: BatchNormParameters<Parameters>, models: Int
    ) -> BatchMoments {
        let channels = parameters.weight.count
        var moments = BatchMoments(models: models, channels: channels)
        for model in 0..<models {
            for channel in 0..<channels {
                moments.mean[model][channel] = parameters.runningMean[model, channel]
                moments.rstd[model][channel] =
                    1 / (parameters.runningVariance[model, channel] + Double(norm.epsilon)).squareRoot()
            }
        }
        return moments
    }

    /// Normalises by moments; not rounded to the precision of stored numbers.
    package func normalize(
        _ parameters: BatchNormParameters<Parameters>, input: Activation, moments: BatchMoments, counts: SampleCounts
    ) -> Activation {
        let output = ReferenceActivation(input.shape)
        for model in 0..<input.shape.models {
            for channel in 0..<input.shape.channels {
                let (mean, rstd) = (moments.mean[model][channel], moments.rstd[model][channel])
                let values = input.channel(model, channel, samples: counts.perModel[model]).map {
                    parameters.weight[model, channel] * (($0 - mean) * rstd) + parameters.bias[model, channel]
                }
                output.setChannel(model, channel, values)
            }
        }
        return output
    }

    /// The gradients of a batch norm's parameters and of its input.
    package func normalizeGradient(
        _ parameters: BatchNormParameters<Parameters>, input: Activation, outputGradient: Activation,
        moments: BatchMoments, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
    ) -> Activation {
        let inputGradient = ReferenceActivation(input.shape)
        for model in 0..<input.shape.models {
            let samples = counts.perModel[model]
            for channel in 0..<input.shape.channels {
                let rstd = moments.rstd[model][channel]
                let normalized = input.channel(model, channel, samples: samples).map {
                    ($0 - moments.mean[model][channel]) * rstd
                }
                let passed = outputGradient.channel(model, channel, samples: samples)
                let biasSum = passed.reduce(0, +)
                let weightSum = zip(passed, normalized).reduce(0) { $0 + $1.0 * $1.1 }
                let count = Double(passed.count)
                let scale = parameters.weight[model, channel] * rstd
                let inputs = zip(passed, normalized).map { gradient, normalized in
                    scale * (gradient - biasSum / count - normalized * weightSum / count)
                }
                weightGradient[model, channel] = stored(weightSum)
                biasGradient[model, channel] = stored(biasSum)
                inputGradient.setChannel(model, channel, inputs.map(stored))
            }
        }
        return inputGradient
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
