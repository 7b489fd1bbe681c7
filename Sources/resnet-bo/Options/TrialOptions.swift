import ArgumentParser
import BayesianOptimization
import Studies

/// A `--search` flag.
struct SearchArgument {
    /// As it was given.
    let text: String
    let dimension: SearchDimension

    var hyperparameter: Hyperparameter { dimension.hyperparameter }

    init(_ text: String) throws {
        self.text = text
        do throws(SearchDimensionError) {
            dimension = try SearchDimension(text)
        } catch {
            throw ValidationError(error.description)
        }
        guard hyperparameter != .learningRate else {
            throw ValidationError("use --lower and --upper for the learning rate")
        }
    }
}

/// What a trial is, and how trials are made.
struct TrialOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Search this as well: momentum=0.0..0.99, weight-decay=log:1e-6..1e-2, batch-size=32,64,128.",
            discussion: "May be given once for each of the three.", valueName: "name=range"),
        transform: SearchArgument.init)
    var search: [SearchArgument] = []

    @Option(help: "Trials that are proposed together and trained as one stack.")
    var parallel = 1

    @Flag(help: "Train every trial to its end, also one that cannot win.")
    var noPruning = false

    func validate() throws {
        guard (1...1000).contains(parallel) else {
            throw ValidationError("--parallel \(parallel): must be between 1 and 1000")
        }
        for argument in search where search.count(where: { $0.hyperparameter == argument.hyperparameter }) > 1 {
            throw ValidationError("--search \(argument.text): \(argument.hyperparameter.rawValue) is there twice")
        }
    }

    /// Throws where a preset can't do what is asked for.
    func validate(for preset: Preset) throws {
        guard preset == .reference else { return }
        if let argument = search.first {
            throw ValidationError("--search \(argument.text): the preset reference searches the learning rate only")
        }
        if parallel > 1 {
            throw ValidationError("--parallel \(parallel): the preset reference proposes one learning rate at a time")
        }
    }

    /// Whether trainings stop early; those of the preset `reference` never do.
    func isPruning(_ preset: Preset) -> Bool { !noPruning && preset != .reference }
}
