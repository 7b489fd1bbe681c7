import ArgumentParser
public import Training

extension LearningRateSchedule: ExpressibleByArgument {}

/// The options of training.
struct TrainingOptions: ParsableArguments {
    @Option("Passes through the training images.", OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        "Decides the initial weights, the folds, the orders, and the optimiser's draws.",
        OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes from step to step: constant, step (a tenth after half of the steps, a "
                + "hundredth after three quarters) or cosine (down to 0)."))
    var schedule: LearningRateSchedule = .constant

    /// The settings that all trainings share.
    var settings: TrainingSettings { TrainingSettings(epochs: epochs, seed: seed, schedule: schedule) }
}

/// The option for the folds of the cross-validation.
struct FoldOptions: ParsableArguments {
    @Option("Folds of the cross-validation.", OptionValue.wholeNumber(2...Int.max))
    var folds = 5
}
