public import ArgumentParser
public import BayesianOptimization

extension Preset: ExpressibleByArgument {}
extension Parameter.Scale: ExpressibleByArgument {}
extension Acquisition: ExpressibleByArgument {}

/// When a search ends before its last evaluation.
enum Stopping: String, CaseIterable, ExpressibleByArgument {
    /// When another evaluation is not worth it.
    case auto

    /// Not at all.
    case never
}

/// The options of the optimiser and of the searched learning rates.
struct SearchOptions: ParsableArguments {
    @Option(help: "The optimiser's settings; 'reference' is that of the original program with scikit-learn.")
    var preset: Preset = .robust

    @Option(name: .customLong("lower"), "Lowest learning rate to try. (default: 0.001)", OptionValue.learningRate)
    private var chosenLower: Double?

    @Option(name: .customLong("upper"), "Highest learning rate to try. (default: 0.9)", OptionValue.learningRate)
    private var chosenUpper: Double?

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

    @Option(
        name: .customLong("stop"),
        help: "Whether to stop when another evaluation is not worth it: auto or never. (default: auto)")
    private var chosenStop: Stopping?

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

    /// The lowest learning rate.
    var lower: Double { chosenLower ?? 0.001 }

    /// The highest learning rate.
    var upper: Double { chosenUpper ?? 0.9 }

    /// When a search ends before its last evaluation.
    var stop: Stopping { chosenStop ?? .auto }

    /// Whether `--stop` was given.
    var choosesStop: Bool { chosenStop != nil }

    /// Refuses the flags that are about learning rates, where a file names the parameters.
    func refuseLearningRateFlags() throws {
        func refuse(_ flag: String, _ member: String) -> ValidationError {
            ValidationError(
                "\(flag) is about learning rates; with --space, write \(member) in the parameter's entry of that file")
        }
        if let chosenScale { throw refuse("--scale", "\"scale\": \"\(chosenScale.rawValue)\"") }
        if let chosenLower { throw refuse("--lower", "\"lower\": \(chosenLower)") }
        if let chosenUpper { throw refuse("--upper", "\"upper\": \(chosenUpper)") }
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
