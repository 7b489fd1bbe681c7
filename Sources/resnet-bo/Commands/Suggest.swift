import ArgumentParser
import BayesianOptimization
import JSON
import Platform

/// What becomes of observations outside of the space.
enum Outside: String, CaseIterable, ExpressibleByArgument { case refuse, accept }

/// `resnet-bo suggest` is the optimiser alone, for losses measured elsewhere.
struct Suggest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Suggest the next points to evaluate, for losses measured elsewhere.",
        discussion:
            "With --space for any objective; observations come from a file, or in a conversation of JSON Lines. Without "
            + "--space for learning rates. One of the files may be '-' for standard input.")

    @Option(
        help: "JSON file with the searched parameters: {\"parameters\": [{\"name\", \"type\", ...}]}.",
        transform: OptionValue.name)
    var space: String?

    @Option(
        help: ArgumentHelp(
            "JSON file with the observations.",
            discussion: "With --space [{\"parameters\", \"loss\"}], otherwise [{\"learning_rate\", \"loss\"}]."),
        transform: OptionValue.name)
    var observations: String?

    @Flag(
        help:
            "Converse on standard input and output in JSON Lines: {\"tell\": [...]}, {\"ask\": 1}, {\"predict\": [...]}."
    )
    var lines = false

    @Option(
        "The number of points to suggest (with --space and --observations).",
        OptionValue.wholeNumber(1...LineConversation.largestQuestion))
    var count: Int?

    @Option(
        "Leave out so many points before those (with --space and --observations), for workers that start alike.",
        OptionValue.wholeNumber(0...LineConversation.largestQuestion))
    var skip: Int?

    @Option(
        help:
            "Whether observations outside of the bounds are an error (refuse) or learned from (accept). (default: refuse)"
    )
    var outside: Outside?

    @Option("Decides the optimiser's draws.", OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    @OptionGroup var surrogate: SurrogateOptions
    @OptionGroup var search: SearchOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if lines {
            guard space != nil else { throw ValidationError("--lines needs --space") }
            guard observations == nil else { throw ValidationError("--lines takes the place of --observations") }
            guard count == nil else { throw ValidationError("--lines takes the place of --count") }
            guard skip == nil else {
                throw ValidationError("--lines takes the place of --skip: write {\"ask\": 1, \"skip\": 2}")
            }
            guard space != "-" else {
                throw ValidationError("--space -: with --lines, standard input is the conversation")
            }
        } else {
            guard observations != nil else { throw ValidationError("--observations FILE is missing") }
            guard space != nil || count == nil else { throw ValidationError("--count needs --space") }
            guard space != nil || skip == nil else { throw ValidationError("--skip needs --space") }
            guard space != nil || !search.choosesStop else { throw ValidationError("--stop needs --space") }
            guard space != "-" || observations != "-" else {
                throw ValidationError("--space - and --observations -: only one file can be standard input")
            }
        }
        if space != nil {
            try search.refuseLearningRateFlags()
            try surrogate.refuseLearningRateFlags()
        }
        guard search.preset != .reference || outside != .refuse else {
            throw ValidationError("--outside refuse: the preset reference learns from all observations")
        }
    }

    /// The configuration of the optimiser.
    private var optimizerConfiguration: Configuration {
        var configuration = surrogate.apply(to: search.configuration)
        configuration.allowsOutside = outside == .accept
        return configuration
    }

    func run() throws {
        guard let space else { return try suggestLearningRate() }
        let stops = search.stop == .auto
        var optimizer = try BayesianOptimizer(
            space: JSONFile(space, allowsStandardInput: true).read(
                ParameterSpace.self, entries: ["parameters": "parameter"]),
            seed: seed, configuration: optimizerConfiguration)
        if lines {
            var conversation = LineConversation(with: optimizer, stops: stops)
            while let line = readLine() {
                if let answer = try conversation.answer(line) { try StandardOutput.write(answer) }
            }
        } else if let observations {
            let file = try JSONFile(observations, allowsStandardInput: true)
            let trials = try file.read([Trial].self, entries: ["": "observation"])
            do throws(OptimizerError) {
                try optimizer.tell(trials)
            } catch {
                throw refusal(of: file, isFlat: false, error)
            }
            try show(SuggestionAnswer(asking: &optimizer, count: count ?? 1, skip: skip ?? 0, stops: stops))
        }
    }

    /// The error that a file has an observation that the optimiser refuses.
    private func refusal(of file: JSONFile, isFlat: Bool, _ error: OptimizerError) -> FileError {
        let message = ObservationMessage(document: file.document, list: [], isFlat: isFlat)
        return FileError(file.name, doing: "used", reason: message.text(error))
    }

    private func show(_ answer: SuggestionAnswer) throws {
        if output.json { return try StandardOutput.write(JSON.encode(answer, layout: .line)) }
        for next in answer.next { try StandardOutput.write("Next: \(SuggestionAnswer.words(next.parameters))") }
        if let best = answer.best {
            try StandardOutput.write(
                "Best: \(SuggestionAnswer.words(best.parameters)), expected loss \(best.mean) with standard deviation "
                    + "\(best.standardDeviation)")
        }
        if let reason = answer.stopReason { try StandardOutput.write("More evaluations are not worth it: \(reason)") }
    }

    private func suggestLearningRate() throws {
        let file = try JSONFile(observations ?? "", allowsStandardInput: true)
        let told = try file.read([LearningRateReport.Observation].self, entries: ["": "observation"])
        guard told.contains(where: { $0.loss != nil }) else {
            throw ValidationError("\(file.name) has no observations with a loss to fit a surrogate to")
        }
        let report: LearningRateReport
        do {
            report = try LearningRateReport(
                told, search: search, configuration: optimizerConfiguration, grid: surrogate.grid, seed: seed)
        } catch let error as OptimizerError {
            throw refusal(of: file, isFlat: true, error)
        }
        try output.write(
            report,
            text: """
                Surrogate: length scale \(report.lengthScale), noise level \(report.noiseLevel), \
                log marginal likelihood \(report.logMarginalLikelihood)
                Best so far: learning rate \(report.best.learningRate) with loss \(report.best.loss)
                Next learning rate \(report.next.learningRate)
                """)
    }
}
