public import ArgumentParser
public import BayesianOptimization
package import Studies

extension Preset: ExpressibleByArgument {}
extension Scale: ExpressibleByArgument {}

/// Which optimiser searches where.
struct SearchOptions: ParsableArguments {
    @Option(help: "The optimiser's settings; 'reference' is what the original program does with scikit-learn.")
    var preset: Preset = .robust

    @Option(help: "Lowest learning rate to try.")
    var lower = 0.001

    @Option(help: "Highest learning rate to try.")
    var upper = 0.9

    @Option(
        name: .customLong("scale"),
        help: "How distances between learning rates are measured: log or linear. (default: log; 'reference' is linear)")
    private var chosenScale: Scale?

    func validate() throws {
        try validateLearningRate(lower, "--lower")
        try validateLearningRate(upper, "--upper")
        guard lower < upper else {
            throw ValidationError("--lower \(lower) must be below --upper \(upper)")
        }
        if preset == .reference, chosenScale == .log {
            throw ValidationError("--scale log: the preset reference is linear")
        }
    }

    /// How distances between learning rates are measured.
    var scale: Scale { chosenScale ?? (preset == .reference ? .linear : .log) }

    /// The search space of the preset `reference`.
    func space() throws -> SearchSpace { try SearchSpace(lower: lower, upper: upper) }
}
