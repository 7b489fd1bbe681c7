internal import Backend

/// The parameters and statistics of a batch norm in training.
struct BatchNormValues: BitwiseCopyable {
    let weight: SliceValues
    let mean: SliceValues
    let rstd: SliceValues
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
        rstd = SliceValues(record.rstd)
        (epsilon, momentum) = (norm.epsilon, norm.momentum)
    }

    /// Saves the moments of a channel's `values` values, and updates the running estimates.
    func save(model: Int, channel: Int, mean: Double, squaredDeviations: Double, values: Int) {
        self.mean[model, channel] = Float(mean)
        rstd[model, channel] = Float(
            1 / (squaredDeviations / Double(values) + Double(epsilon)).squareRoot())
        let variance = Float(squaredDeviations / Double(values - 1))
        runningMean[model, channel] = (1 - momentum) * runningMean[model, channel] + momentum * Float(mean)
        runningVariance[model, channel] = (1 - momentum) * runningVariance[model, channel] + momentum * variance
    }

    /// The normalisation by the moments of the batch.
    func normalization(model: Int, channel: Int) -> ChannelNormalization {
        ChannelNormalization(
            mean: mean[model, channel], scale: weight[model, channel] * rstd[model, channel],
            shift: bias[model, channel])
    }
}

extension ChannelNormalization {
    /// The normalisation by the running estimates.
    init(running norm: BatchNorm<CPUParameters>, model: Int, channel: Int) {
        self.init(
            mean: norm.runningMean.model(model)[channel],
            scale: norm.weight.model(model)[channel]
                / (norm.runningVariance.model(model)[channel] + norm.epsilon).squareRoot(),
            shift: norm.bias.model(model)[channel])
    }
}
