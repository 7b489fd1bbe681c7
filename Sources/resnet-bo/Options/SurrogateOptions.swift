import ArgumentParser
import BayesianOptimization

/// What is fixed and shown of a surrogate.
struct SurrogateOptions: ParsableArguments {
    @Option(help: "Fix the length scale of the surrogate instead of fitting it.")
    var lengthScale: Double?

    @Option(help: "Fix the noise level of the surrogate instead of fitting it.")
    var noiseLevel: Double?

    @Option(help: "Evenly spaced learning rates to show the surrogate at, both ends included (without --space).")
    var grid = 101

    func validate() throws {
        for (flag, value) in [("--length-scale", lengthScale), ("--noise-level", noiseLevel)] {
            guard let value else { continue }
            guard value.isFinite, value >= 0 else {
                throw ValidationError("\(flag) \(value): must be a number, not negative")
            }
        }
        guard (2...1_000_000).contains(grid) else {
            throw ValidationError("--grid \(grid): must be between 2 and 1000000")
        }
    }

    /// A configuration with what is fixed here.
    func apply(to configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.fixedLengthScale = lengthScale
        configuration.fixedNoiseLevel = noiseLevel
        return configuration
    }
}
