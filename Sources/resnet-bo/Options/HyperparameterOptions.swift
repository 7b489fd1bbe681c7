import ArgumentParser
import Training

/// The hyperparameters besides the learning rate: an option for each row of the table ``Hyperparameter``.
///
/// The width is an option of the network, ``NetworkVariant``, because commands have it that train nothing.
struct HyperparameterOptions: ParsableArguments {
    @Option(.momentum) var momentum: Double
    @Option(.weightDecay) var weightDecay: Double
    @Option(.batchSize) var batchSize: Double
    @Option(.warmUp) var warmUp: Double
    @Option(.labelSmoothing) var labelSmoothing: Double
    @Option(.clipNorm) var clipNorm: Double
    @Option(.dropout) var dropout: Double

    /// The values by name.
    var values: [String: Double] {
        [
            Hyperparameter.momentum.name: momentum, Hyperparameter.weightDecay.name: weightDecay,
            Hyperparameter.batchSize.name: batchSize, Hyperparameter.warmUp.name: warmUp,
            Hyperparameter.labelSmoothing.name: labelSmoothing, Hyperparameter.clipNorm.name: clipNorm,
            Hyperparameter.dropout.name: dropout,
        ]
    }

    /// The configuration with a learning rate and the width of a network.
    func configuration(learningRate: Double, width: Double, replicate: Int = 0) -> TrainingConfiguration {
        let others = [Hyperparameter.learningRate.name: learningRate, Hyperparameter.width.name: width]
        return TrainingConfiguration(values.merging(others) { $1 }, replicate: replicate)
    }
}
