import ArgumentParser
import BayesianOptimization
import JSON
import Platform

/// `resnet-bo suggest` is the optimiser alone, for losses measured elsewhere.
struct Suggest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Suggest the next points to evaluate, for losses measured elsewhere.",
        discussion:
            "With --space for any objective; observations come from a file, or in a conversation of JSON Lines. Without "
            + "--space for learning rates.")

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

    @Flag(help: "Converse on standard input and output in JSON Lines: {\"tell\": [...]} and {\"ask\": number}.")
    var lines = false

    @Option(
        "The number of points to suggest (with --space and --observations).",
        OptionValue.wholeNumber(1...LineConversation.largestQuestion))
    var count: Int?

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
        } else {
            guard observations != nil else { throw ValidationError("--observations FILE is missing") }
            guard space != nil || count == nil else { throw ValidationError("--count needs --space") }
        }
    }

    func run() throws {
        guard let space else { return try suggestLearningRate() }
        var optimizer = try BayesianOptimizer(
            space: JSON.read(ParameterSpace.self, from: space), seed: seed,
            configuration: surrogate.apply(to: search.configuration))
        if lines {
            var conversation = LineConversation(with: optimizer)
            while let line = readLine() {
                if let answer = try conversation.answer(line) { try StandardOutput.write(answer) }
            }
        } else if let observations {
            let trials = try JSON.read([Trial].self, from: observations)
            do throws(OptimizerError) {
                try optimizer.tell(trials)
            } catch {
                throw FileError(observations, doing: "used", reason: "\(error)")
            }
            try show(SuggestionAnswer(asking: &optimizer, count: count ?? 1))
        }
    }

    private func show(_ answer: SuggestionAnswer) throws {
        if output.json { return try StandardOutput.write(JSON.encode(answer, layout: .line)) }
        for next in answer.next { try StandardOutput.write("Next: \(SuggestionAnswer.words(next.parameters))") }
        if let best = answer.best {
            try StandardOutput.write(
                "Best: \(SuggestionAnswer.words(best.parameters)), expected loss \(best.mean) with standard deviation "
                    + "\(best.standardDeviation)")
        }
        if answer.stop { try StandardOutput.write("More evaluations are not worth it.") }
    }

    private func suggestLearningRate() throws {
        let file = observations ?? ""
        let told = try JSON.read([LearningRateReport.Observation].self, from: file)
        guard !told.isEmpty else { throw ValidationError("\(file) has no observations to fit a surrogate to") }
        let report: LearningRateReport
        do {
            report = try LearningRateReport(told, search: search, surrogate: surrogate, seed: seed)
        } catch let error as OptimizerError {
            throw FileError(file, doing: "used", reason: "\(error)")
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
