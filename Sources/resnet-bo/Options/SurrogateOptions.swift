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
        "Evenly spaced learning rates to show the surrogate at, both ends included (without --space).",
        OptionValue.wholeNumber(2...1_000_000))
    var grid = 101

    /// A configuration with the fixed hyperparameters.
    func apply(to configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.fixedLengthScale = lengthScale
        configuration.fixedNoiseLevel = noiseLevel
        return configuration
    }
}
