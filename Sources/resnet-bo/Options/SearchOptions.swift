public import ArgumentParser
public import BayesianOptimization

extension Preset: ExpressibleByArgument {}

/// Which optimiser searches where.
struct SearchOptions: ParsableArguments {
    @Option(help: "The optimiser's settings; 'reference' is what the original program does with scikit-learn.")
    var preset: Preset = .reference

    @Option(help: "Lowest learning rate to try.")
    var lower = 0.001

    @Option(help: "Highest learning rate to try.")
    var upper = 0.9

    func validate() throws {
        try validateLearningRate(lower, "--lower")
        try validateLearningRate(upper, "--upper")
        guard lower < upper else {
            throw ValidationError("--lower \(lower) must be below --upper \(upper)")
        }
    }

    func space() throws -> SearchSpace { try SearchSpace(lower: lower, upper: upper) }
}
