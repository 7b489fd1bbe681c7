import ArgumentParser
import Training

/// The hyperparameters besides the learning rate: an option for each row of the table ``Hyperparameter``.
struct HyperparameterOptions: ParsableArguments {
    @Option(.momentum) var momentum: Double
    @Option(.weightDecay) var weightDecay: Double
    @Option(.batchSize) var batchSize: Double
    @Option(.warmUp) var warmUp: Double
    @Option(.labelSmoothing) var labelSmoothing: Double
    @Option(.clipNorm) var clipNorm: Double

    /// The values by name.
    var values: [String: Double] {
        [
            Hyperparameter.momentum.name: momentum, Hyperparameter.weightDecay.name: weightDecay,
            Hyperparameter.batchSize.name: batchSize, Hyperparameter.warmUp.name: warmUp,
            Hyperparameter.labelSmoothing.name: labelSmoothing, Hyperparameter.clipNorm.name: clipNorm,
        ]
    }

    /// The configuration with a learning rate.
    func configuration(learningRate: Double, replicate: Int = 0) -> TrainingConfiguration {
        TrainingConfiguration(
            values.merging([Hyperparameter.learningRate.name: learningRate]) { $1 }, replicate: replicate)
    }
}
