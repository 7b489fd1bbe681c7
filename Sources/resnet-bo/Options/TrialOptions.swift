import ArgumentParser
import BayesianOptimization
import Training

/// The options of the trials of a study.
struct TrialOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Search this hyperparameter too: momentum=0.0..0.99, weight-decay=log:1e-6..1e-2, batch-size=32,64,128.",
            discussion: "May be given once for each of \(SearchedParameter.flags).", valueName: "name=range"),
        transform: SearchedParameter.init)
    var search: [SearchedParameter] = []

    @Option(
        "Trials that are proposed together and trained as one stack, or one stack on each device (default: one for each device).",
        OptionValue.wholeNumber(1...1000))
    var parallel: Int?

    @Flag(help: "Train every trial to its last epoch, also one that is unlikely to win.")
    var noPruning = false

    func validate() throws {
        for argument in search where search.count(where: { $0.row.name == argument.row.name }) > 1 {
            throw ValidationError("--search \(argument.text): \(argument.row.flag) is given twice")
        }
    }

    /// Whether trainings are stopped early, which the preset `reference` never does.
    func isPruning(_ preset: Preset) -> Bool { !noPruning && preset != .reference }
}
