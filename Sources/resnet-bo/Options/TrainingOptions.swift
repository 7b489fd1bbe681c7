import ArgumentParser
import Training

/// How a model is trained.
struct TrainingOptions: ParsableArguments {
    @Option("Passes through the training images.", OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        "Decides the initial weights, the folds, the orders, and the optimiser's draws.",
        OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    /// What all trainings have in common.
    var settings: TrainingSettings { TrainingSettings(epochs: epochs, seed: seed) }
}

/// How the training images are split for cross-validation.
struct FoldOptions: ParsableArguments {
    @Option("Folds of the cross-validation.", OptionValue.wholeNumber(2...Int.max))
    var folds = 5
}
