import ArgumentParser
import Backend
import BayesianOptimization
import Datasets
import Foundation
import Reporting
import Studies
import Training

/// `resnet-bo optimize`: the main job.
struct Optimize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the best learning rate by Bayesian optimisation of the cross-validated loss.",
        discussion:
            "Writes results.json, optimization_plots.png and optimization_plots.svg into the output folder, anew "
            + "after every evaluation.")

    @Option(help: "How many learning rates to evaluate.")
    var evaluations = 10

    @Option(help: "The first learning rate to evaluate.")
    var initial = 0.01

    @OptionGroup var search: SearchOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var folds: FoldOptions

    @Option(help: "The folder for the results.")
    var output = "."

    @OptionGroup var limit: LimitOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard (1...10_000).contains(evaluations) else {
            throw ValidationError("--evaluations \(evaluations): must be between 1 and 10000")
        }
        guard initial >= search.lower, initial <= search.upper else {
            throw ValidationError(
                "--initial \(initial): must lie between --lower \(search.lower) and --upper \(search.upper)")
        }
    }

    func run() throws {
        // Whatever would make hours of work worthless is found out before it.
        let file = AtomicFile(path: "\(output)/results.json")
        try file.checkWritable()
        try Gnuplot().checkInstalled()
        let images = try limit.apply(to: data.load())
        try run(on: backend.open(), images: images, file: file)
    }

    private func run(on backend: some Backend, images: FashionMNIST, file: AtomicFile) throws {
        let validation = try CrossValidation(
            data: images, folds: folds.folds, settings: training.settings, on: backend)
        var study = Study(
            description: StudyDescription(
                backend: backend.device.backend, device: backend.device.name, preset: search.preset,
                seed: training.seed, settings: Settings(self)),
            optimizer: try BayesianOptimizer(
                preset: search.preset, space: search.space(), initial: initial, seed: training.seed),
            file: file)

        let progress = ProgressReporter(total: evaluations * validation.samplesPerConfiguration())
        defer { progress.finish() }
        var finished = 0
        var pictures: [IterationPicture] = []
        try study.run(evaluations: evaluations) { event in
            switch event {
            case .proposed(_, _, let picture):
                guard let picture else { return }
                pictures.append(picture)
                try OptimizationPlot(of: pictures).write(to: output)
            case .finished(let evaluation):
                finished += 1
                progress.note(StudySummary.line(evaluation, of: evaluations))
            }
        } objective: { learningRate in
            let result = try validation.run(learningRates: [learningRate]) { step in
                progress.update(
                    done: finished * step.samplesTotal + step.samplesDone,
                    phase: "evaluation \(finished + 1) of \(evaluations), \(step.phase.description)")
            }
            return TrialOutcome(result[0])
        }
        if pictures.isEmpty { try OptimizationPlot(of: []).write(to: output) }
        progress.finish()
        try show(study.results)
    }

    private func show(_ results: StudyResults) throws {
        if format.json {
            try Console.print(JSON.encode(results))
            return
        }
        for line in StudySummary(results).lines { try Console.print(line) }
        guard let best = results.best else { throw NothingLearned() }
        try Console.print("Optimal learning rate \(best.learningRate)")
    }

    /// What `results.json` records of the flags, beside what it has fields for.
    private struct Settings: Encodable, Sendable {
        var evaluations: Int
        var lower: Double
        var upper: Double
        var initial: Double
        var epochs: Int
        var batchSize: Int
        var folds: Int
        var limit: Int?

        init(_ flags: Optimize) {
            evaluations = flags.evaluations
            lower = flags.search.lower
            upper = flags.search.upper
            initial = flags.initial
            epochs = flags.training.epochs
            batchSize = flags.training.batchSize
            folds = flags.folds.folds
            limit = flags.limit.limit
        }
    }
}

/// A study in which every training failed.
private struct NothingLearned: Error, CustomStringConvertible {
    var description: String {
        "no learning rate gave a finite loss; the results are kept. Lower the bounds of the search (--lower, --upper)"
    }
}
