import ArgumentParser
import BayesianOptimization

/// The options that fix hyperparameters of the surrogate and choose the displayed points.
struct SurrogateOptions: ParsableArguments {
    @Option(
        "Fix the length scale of the surrogate instead of fitting it.",
        OptionValue.number("a number above 0") { $0 > 0 })
    var lengthScale: Double?

    @Option(
        "Fix the noise level of the surrogate instead of fitting it.",
        OptionValue.number("a number not below 0") { $0 >= 0 })
    var noiseLevel: Double?

    @Option(
        name: .customLong("grid"),
        "Evenly spaced learning rates to show the surrogate at, both ends included (without --space). (default: 101)",
        OptionValue.wholeNumber(2...1_000_000))
    private var chosenGrid: Int?

    /// The number of learning rates to show the surrogate at.
    var grid: Int { chosenGrid ?? 101 }

    /// Refuses the flags that are about learning rates, where a file names the parameters.
    func refuseLearningRateFlags() throws {
        if chosenGrid != nil {
            throw ValidationError(
                "--grid is about learning rates; with --space, write {\"predict\": [{\"x\": 0.1}, ...]} in a conversation "
                    + "(--lines)")
        }
    }

    /// A configuration with the fixed hyperparameters.
    func apply(to configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.fixedLengthScale = lengthScale
        configuration.fixedNoiseLevel = noiseLevel
        return configuration
    }
}
