import ArgumentParser
import NeuralNetwork
import Training

/// The options of training.
struct TrainingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Passes through the training images. (default: 5)",
        transform: OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        parsing: .unconditional,
        help: "Decides the initial weights, the folds, the orders, and the optimiser's draws. (default: 10)",
        transform: OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    /// The settings that all trainings share.
    var settings: TrainingSettings { TrainingSettings(epochs: epochs, seed: seed) }
}

/// The option for the folds of the cross-validation.
struct FoldOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Folds of the cross-validation. (default: 5)",
        transform: OptionValue.wholeNumber(2...Int.max)
    )
    var folds = 5
}
