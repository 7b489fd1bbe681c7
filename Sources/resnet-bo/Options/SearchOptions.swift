public import ArgumentParser
public import BayesianOptimization

extension Preset: ExpressibleByArgument {}
extension Parameter.Scale: ExpressibleByArgument {}
extension Acquisition: ExpressibleByArgument {}

/// The options of the optimiser and of the searched learning rates.
struct SearchOptions: ParsableArguments {
    @Option(help: "The optimiser's settings; 'reference' is that of the original program with scikit-learn.")
    var preset: Preset = .robust

    @Option("Lowest learning rate to try.", OptionValue.learningRate)
    var lower = 0.001

    @Option("Highest learning rate to try.", OptionValue.learningRate)
    var upper = 0.9

    @Option(
        name: .customLong("scale"),
        help: "The scale of the learning rates: log or linear. (default: log; 'reference' is linear)")
    private var chosenScale: Parameter.Scale?

    @Option(
        name: .customLong("acquisition"),
        help: ArgumentHelp(
            "The acquisition function: the expected improvement (log-ei), minus the lower confidence "
                + "bound (lcb) or the probability of improvement (pi). (default: log-ei)",
            valueName: "function"))
    private var chosenAcquisition: Acquisition?

    func validate() throws {
        guard lower < upper else {
            throw ValidationError("--lower \(lower) must be below --upper \(upper)")
        }
        if preset == .reference, chosenScale == .log {
            throw ValidationError("--scale log: the preset reference is linear")
        }
        if preset == .reference, let chosenAcquisition {
            throw ValidationError(
                "--acquisition \(chosenAcquisition.rawValue): the preset reference has its own expected improvement")
        }
    }

    /// The scale of the learning rates.
    var scale: Parameter.Scale { chosenScale ?? (preset == .reference ? .linear : .log) }

    /// The configuration of the preset with the chosen members.
    var configuration: Configuration {
        var configuration = preset.configuration
        if let chosenAcquisition { configuration.acquisition = chosenAcquisition }
        return configuration
    }
}
