import ArgumentParser
import Training

/// The hyperparameters besides the learning rate: an option for each row of the table ``Hyperparameter``.
struct HyperparameterOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: Hyperparameter.momentum.optionHelp,
        transform: OptionValue.hyperparameter(.momentum))
    var momentum = Hyperparameter.momentum.defaultValue

    @Option(
        parsing: .unconditional, help: Hyperparameter.weightDecay.optionHelp,
        transform: OptionValue.hyperparameter(.weightDecay))
    var weightDecay = Hyperparameter.weightDecay.defaultValue

    @Option(
        parsing: .unconditional, help: Hyperparameter.batchSize.optionHelp,
        transform: OptionValue.hyperparameter(.batchSize))
    var batchSize = Hyperparameter.batchSize.defaultValue

    /// The values by name.
    var values: [String: Double] {
        [
            Hyperparameter.momentum.name: momentum, Hyperparameter.weightDecay.name: weightDecay,
            Hyperparameter.batchSize.name: batchSize,
        ]
    }

    /// The configuration with a learning rate.
    func configuration(learningRate: Double, replicate: Int = 0) -> TrainingConfiguration {
        TrainingConfiguration(
            values.merging([Hyperparameter.learningRate.name: learningRate]) { $1 }, replicate: replicate)
    }
}

extension Hyperparameter {
    /// The help of the option.
    fileprivate var optionHelp: ArgumentHelp { "\(help) (default: \(value(defaultValue)))" }
}
