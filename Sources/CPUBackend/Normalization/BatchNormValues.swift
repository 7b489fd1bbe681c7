internal import Backend

/// The parameters and statistics of a batch norm in training.
struct BatchNormValues: BitwiseCopyable {
    private let weight: SliceValues
    private let bias: SliceValues
    private let runningMean: SliceValues
    private let runningVariance: SliceValues
    private let mean: ChannelNumbers
    private let rstd: ChannelNumbers
    private let (epsilon, momentum): (Float, Float)

    /// Nil for a layer without norm.
    init?(_ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>, _ workspace: CPUWorkspace) {
        guard let norm = layer.norm, let values = parameters.norm else { return nil }
        weight = SliceValues(values.weight)
        bias = SliceValues(values.bias)
        runningMean = SliceValues(values.runningMean)
        runningVariance = SliceValues(values.runningVariance)
        (mean, rstd) = (workspace.mean, workspace.rstd)
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

    /// Whether the normalisation reverses the order of values.
    func isDecreasing(_ model: Int, _ channel: Int) -> Bool { weight[model, channel] < 0 }
}

extension ChannelNormalization {
    /// The normalisation of a channel of a model by the running estimates; nil for a layer without norm.
    static func running(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>
    ) -> ((_ model: Int, _ channel: Int) -> ChannelNormalization)? {
        guard let epsilon = layer.norm?.epsilon, let norm = parameters.norm else { return nil }
        return { model, channel in
            ChannelNormalization(
                mean: norm.runningMean.model(model)[channel],
                scale: norm.weight.model(model)[channel]
                    / (norm.runningVariance.model(model)[channel] + epsilon).squareRoot(),
                shift: norm.bias.model(model)[channel])
        }
    }
}
