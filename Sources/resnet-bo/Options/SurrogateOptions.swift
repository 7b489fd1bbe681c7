import ArgumentParser
import BayesianOptimization

/// The options that fix hyperparameters of the surrogate and choose the displayed points.
struct SurrogateOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Fix the length scale of the surrogate instead of fitting it.",
        transform: OptionValue.number("above 0") { $0 > 0 })
    var lengthScale: Double?

    @Option(
        parsing: .unconditional, help: "Fix the noise level of the surrogate instead of fitting it.",
        transform: OptionValue.number("not below 0") { $0 >= 0 })
    var noiseLevel: Double?

    @Option(
        parsing: .unconditional,
        help: "Evenly spaced learning rates of the shown surrogate, with both ends (without --space). (default: 101)",
        transform: OptionValue.wholeNumber(2...1_000_000))
    var grid = 101

    /// A configuration with the fixed hyperparameters.
    func apply(to configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.fixedLengthScale = lengthScale
        configuration.fixedNoiseLevel = noiseLevel
        return configuration
    }
}
