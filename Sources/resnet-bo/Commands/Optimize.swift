import ArgumentParser
import Backend
import Backends
import BayesianOptimization
import Datasets
import Foundation
import JSON
import NeuralNetwork
import Platform
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
    @OptionGroup var trials: TrialOptions
    @OptionGroup var momentum: MomentumOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var folds: FoldOptions

    @Option(help: "The folder for the results.")
    var output = "."

    @Flag(help: "Go on with the interrupted study of the same flags whose results.json is in the output folder.")
    var resume = false

    @Flag(help: "Train a model on all training images with the answer, and save it as model.safetensors.")
    var retrain = false

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
        try trials.validate(for: search.preset)
    }

    func run() throws {
        // Whatever would make hours of work worthless is found out before it.
        let file = try OutputFile("\(output)/results.json")
        try Gnuplot().checkInstalled()
        let recorded = resume ? try RecordedStudy.read(file.path, settings: settings, of: self) : []
        let images = try limit.apply(to: data.load())
        try run(on: backend.open(), images: images, file: file, recorded: recorded)
    }

    private func run(
        on backend: some Backend, images: FashionMNIST, file: OutputFile, recorded: [Studies.Evaluation]
    ) throws {
        let validation = try CrossValidation(
            data: images, folds: folds.folds, settings: training.settings, on: backend)
        let isPruning = trials.isPruning(search.preset)
        var study = Study(
            description: StudyDescription(
                backend: backend.device.backend, device: backend.device.name, preset: search.preset,
                seed: training.seed, settings: settings),
            engine: try engine(), learningRates: search.lower...search.upper,
            pruning: isPruning
                ? EarlyStopping(deadLoss: Score.divergedLoss(classes: validation.description.classes)) : nil,
            file: file, recorded: recorded)

        if !resume { try RecordedStudy.keep(in: output) }
        let perEvaluation = validation.samplesPerConfiguration(validatesEveryEpoch: isPruning)
        let progress = ProgressReporter(total: evaluations * perEvaluation)
        defer { progress.finish() }
        var finished = 0
        var pictures: [IterationPicture] = []
        try study.run(evaluations: evaluations, parallel: trials.parallel) { event in
            switch event {
            case .proposed(_, let picture):
                guard let picture else { return }
                pictures.append(picture)
                try OptimizationPlot(of: pictures).write(to: output)
            case .finished(let evaluation):
                finished += 1
                progress.note(
                    StudySummary.line(evaluation, of: evaluations, searched: trials.search.map(\.hyperparameter)))
            }
        } objective: { trials, stops in
            let first = finished
            let numbers = Self.words(trials.map(\.iteration))
            return try validation.run(
                trials.map(TrainingConfiguration.init),
                progress: { step in
                    progress.update(
                        done: first * perEvaluation + step.samplesDone,
                        total: (evaluations - trials.count) * perEvaluation + step.samplesTotal,
                        phase: "\(numbers) of \(evaluations), \(step.phase.description)")
                }, stops: isPruning ? stops : nil
            ).map(TrialOutcome.init)
        }
        try OptimizationPlot(of: study.pictures).write(to: output)
        progress.finish()
        if retrain, let answer = study.results.answer {
            try retrain(with: answer, on: backend, images: images)
        }
        if let bytes = peakDeviceMemoryBytes(of: backend) {
            Console.note(String(format: "Memory of the device: %.0f MB at most", Double(bytes) / 1024 / 1024))
        }
        try show(study.results)
    }

    /// Which evaluations train as one stack: those of one batch size need not follow each other.
    private static func words(_ numbers: [Int]) -> String {
        guard let first = numbers.first, let last = numbers.last, numbers.count > 1 else {
            return "evaluation \(numbers.first ?? 0)"
        }
        let isGapless = last - first == numbers.count - 1
        return "evaluations " + (isGapless ? "\(first) to \(last)" : numbers.map { "\($0)" }.joined(separator: ", "))
    }

    private func engine() throws -> any SearchEngine {
        // The first trial, and what is not searched.
        var first = Hyperparameters(
            learningRate: initial, momentum: momentum.momentum, weightDecay: momentum.weightDecay,
            batchSize: training.batchSize)
        let others = trials.search.map(\.dimension)
        for one in others { first[one.hyperparameter] = one.nearest(to: first[one.hyperparameter]) }
        switch search.preset {
        case .reference:
            return ReferenceEngine(
                try BayesianOptimizer(space: search.space(), initial: initial, seed: training.seed), fixed: first)
        case .robust:
            let rates = SearchDimension.Domain.range(search.lower...search.upper, search.scale)
            return try RobustEngine(
                dimensions: [SearchDimension(.learningRate, rates)] + others, initial: first, seed: training.seed,
                acquisition: search.acquisition)
        }
    }

    /// Trains on all training images with a study's answer.
    private func retrain(with answer: Hyperparameters, on backend: some Backend, images: FashionMNIST) throws {
        var settings = training.settings
        settings.batchSize = answer.batchSize
        let run = try SingleRun(
            data: images,
            descent: SGD(
                learningRate: answer.learningRate, momentum: answer.momentum, weightDecay: answer.weightDecay),
            settings: settings, on: backend)
        let progress = ProgressReporter(total: settings.epochs * (images.training.count + images.test.count))
        defer { progress.finish() }
        var done = 0
        var epochs = 0
        var last: Score?
        let isFinite = try run.run { samples in
            done += samples
            progress.update(done: done, phase: "final model, epoch \(epochs + 1) of \(settings.epochs)")
        } finished: { epoch in
            epochs += 1
            last = epoch.test
        }
        progress.finish()
        guard isFinite, let last else { throw FinalTrainingDiverged(learningRate: answer.learningRate) }
        let path = "\(output)/model.safetensors"
        try WeightFile.write(run.readState(), to: OutputFile(path))
        Console.note(
            String(
                format: "Final model: test loss %.4f, accuracy %.2f%%, saved as %@", last.loss, 100 * last.accuracy,
                path))
    }

    private func show(_ results: StudyResults) throws {
        if format.json {
            try Console.print(JSON.encode(results))
            return
        }
        for line in StudySummary(results).lines { try Console.print(line) }
        guard let answer = results.answer else { throw NothingLearned() }
        for line in StudySummary.answer(results, searched: trials.search.map(\.hyperparameter)) {
            try Console.print(line)
        }
        for hyperparameter in trials.search.map(\.hyperparameter) {
            let value = answer[hyperparameter]
            try Console.print(
                "Optimal \(hyperparameter.name) \(hyperparameter == .batchSize ? "\(Int(value))" : "\(value)")")
        }
        try Console.print("Optimal learning rate \(answer.learningRate)")
    }

    /// What `results.json` records of the flags, beside what it has fields for.
    var settings: Settings { Settings(self) }

    /// What `results.json` records of the flags.
    struct Settings: Codable, Sendable, Equatable {
        private enum CodingKeys: String, CodingKey {
            // In the order in which they are written.
            case evaluations, lower, upper, initial, epochs
            case batchSize = "batch_size"
            case folds, limit, momentum
            case weightDecay = "weight_decay"
            case scale, acquisition, search, parallel, pruning
        }

        var evaluations: Int
        var lower: Double
        var upper: Double
        var initial: Double
        var epochs: Int
        var batchSize: Int
        var folds: Int
        var limit: Int?
        var momentum: Double
        var weightDecay: Double
        var scale: String
        /// None of the preset `reference`, which has its own.
        var acquisition: String?
        var search: [String]
        var parallel: Int
        var pruning: Bool

        fileprivate init(_ flags: Optimize) {
            evaluations = flags.evaluations
            lower = flags.search.lower
            upper = flags.search.upper
            initial = flags.initial
            epochs = flags.training.epochs
            batchSize = flags.training.batchSize
            folds = flags.folds.folds
            limit = flags.limit.limit
            momentum = flags.momentum.momentum
            weightDecay = flags.momentum.weightDecay
            scale = flags.search.scale.rawValue
            acquisition = flags.search.preset == .reference ? nil : flags.search.acquisition.rawValue
            search = flags.trials.search.map(\.text)
            parallel = flags.trials.parallel
            pruning = flags.trials.isPruning(flags.search.preset)
        }
    }
}

/// A study in which every training failed.
private struct NothingLearned: Error, CustomStringConvertible {
    var description: String {
        "no learning rate gave a finite loss; the results are kept. Lower the bounds of the search (--lower, --upper)"
    }
}

/// A final training whose loss stopped being a number.
private struct FinalTrainingDiverged: Error, CustomStringConvertible {
    var learningRate: Double
    var description: String {
        "the final model's loss is no longer finite at learning rate \(learningRate); the results are kept, and no model "
            + "was saved"
    }
}
