import ArgumentParser
import Backend
import Backends
import BayesianOptimization
import Datasets
import NeuralNetwork
import Platform
import Reporting
import Studies
import Training

/// `resnet-bo optimize` searches the best hyperparameters.
struct Optimize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the best learning rate by Bayesian optimisation of the cross-validated loss.",
        discussion:
            "Records everything in study.log in the output folder, in the format of Optuna's journals. Writes results.json, "
            + "optimization_plots.png and optimization_plots.svg beside it, anew after every evaluation, and report.html at the end."
    )

    @Option("How many learning rates to evaluate.", OptionValue.wholeNumber(1...10_000))
    var evaluations = 10

    @Option("The first learning rate to evaluate.", OptionValue.learningRate)
    var initial = Hyperparameter.learningRate.defaultValue

    @OptionGroup var search: SearchOptions
    @OptionGroup var trials: TrialOptions
    @OptionGroup var hyperparameters: HyperparameterOptions
    @OptionGroup var network: NetworkOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var folds: FoldOptions

    @Option(
        help: "The folder for the results, which is created if needed. (default: the current one)",
        transform: OptionValue.name)
    var output = "."

    @Option(
        help: "The journal of the study, also one that Optuna has written. (default: study.log in the output folder)",
        transform: OptionValue.name)
    var study: String?

    @Flag(help: "Continue the study whose journal is in the output folder or named by --study, if there is one.")
    var resume = false

    @Flag(
        help: ArgumentHelp(
            "After every epoch, save what is needed to continue within a trial, as checkpoint.safetensors.",
            discussion: "With --resume the interrupted trial goes on after its last finished epoch."))
    var checkpoints = false

    @OptionGroup var limits: StudyOptions

    @Option(
        help: ArgumentHelp(
            "Write event files of TensorBoard into this folder, which is created if needed.", valueName: "folder"),
        transform: OptionValue.name)
    var tensorboard: String?

    @Flag(help: "Train a model on all training images with the answer, and save it as model.safetensors.")
    var retrain = false

    @OptionGroup var limit: LimitOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var normalization: NormalizationOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var several: DeviceListOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        try training.check(hyperparameters, searched: trials.search.map(\.row))
        try several.check(backend, parallel: trials.parallel)
        guard initial >= search.lower, initial <= search.upper else {
            throw ValidationError(
                "--initial \(initial): must lie between --lower \(search.lower) and --upper \(search.upper)")
        }
    }

    func run() throws {
        // Everything that could make hours of work worthless is checked before.
        try Folder.make(output)
        let lock = try FolderLock(output)
        defer { withExtendedLifetime(lock) {} }
        let files = try StudyFiles(
            in: OutputFolder(path: output), journal: study, resumes: resume, retrains: retrain,
            checkpoints: checkpoints ? max(several.devices.count, 1) : 0)
        let journal = files.journal
        Interruption.advise(
            "finished trials are in \(journal.path); --resume continues after them"
                + (checkpoints ? ", and with --checkpoints after the last epoch" : ""))
        if let tensorboard { try Folder.make(tensorboard) }
        let recorded = resume ? try RecordedStudy.read(journal, results: files.folder) : nil
        let choice = try network.read()
        let images = try normalization.apply(to: limit.apply(to: data.load(seed: training.seed)))
        folds.warn(about: images.training)
        let network = try choice.unscaled.plan(for: images.format)
        try checkWidths(of: network)
        // The name of a network has its width, unless that is a hyperparameter of the trials.
        let measure = measure(isSearched(.width) ? network : try choice.plan(for: images.format), choice)
        let dataRecord = DataRecord(
            folder: images.folder, checksum: images.checksum, normalization: images.format.normalization)
        try recorded?.check(journal.path, seed: training.seed, settings: measure, data: dataRecord)
        let plots = PlotWriter(folder: output) { StandardError.write($0) }
        plots.check()
        // Also after an error of the study, plots are finished before the program ends.
        defer { plots.finish() }
        let backends =
            several.devices.isEmpty
            ? [try backend.open(like: recorded?.evaluations.last?.origin)]
            : try several.open(backend.request.choice)
        try run(
            on: backends[0], and: backends.dropFirst(), images: images, network: network, measure: measure,
            data: dataRecord, files: files, recorded: recorded?.evaluations.map(completed) ?? [], plots: plots)
    }

    private func run<B: Backend>(
        on backend: B, and others: ArraySlice<any Backend>, images: ImageDataset, network: NetworkPlan,
        measure: RecordedStudy.Measure, data: DataRecord, files: StudyFiles, recorded: [TrialRecord], plots: PlotWriter
    ) throws {
        let journal = files.journal
        let backends = [backend] + others.compactMap { $0 as? B }
        guard backends.count == 1 + others.count else { throw Failure("--devices: they are of different backends") }
        let validation = ConcurrentCrossValidation(
            try backends.map { backend in
                try CrossValidation(
                    data: images, network: network, folds: folds.folds, isStratified: folds.stratify,
                    settings: training.settings, on: backend)
            })
        let isPruning = trials.isPruning(search.preset)
        let devices = backends.map(\.device.name)
        let names = devices.enumerated().filter { !devices[..<$0.offset].contains($0.element) }.map(\.element)
        let study: Study
        do {
            study = try Study(
                description: StudyDescription(
                    origin: .init(
                        backend: backend.device.backend, device: names.joined(separator: " and "),
                        version: Version.current),
                    devices: others.isEmpty ? [] : devices, preset: search.preset, seed: training.seed,
                    settings: settings(measure), data: data, run: .current),
                search: limits.warmed(
                    studySearch(
                        pruning: isPruning
                            ? EarlyStopping(divergedLoss: Score.divergedLoss(classes: images.format.classes))
                            : nil)),
                file: files.results, journal: journal, recorded: recorded, folds: folds.folds)
        } catch let error as StudyError {
            throw FileError(journal.path, doing: "resumed", reason: "\(error)")
        }
        if !resume { try files.folder.keep(journal.path) }

        let events = try tensorboard.map { folder in try TensorBoardWriter(folder, space: study.space) }
        // Every epoch is validated, so that each trial has a learning curve.
        let perTrial = validation.samplesPerConfiguration(validatesEveryEpoch: true)
        // Lost trials are evaluated again.
        let known = recorded.count { $0.state != .lost }
        let progress = ProgressReporter(total: max(evaluations - known, 0) * perTrial)
        defer { progress.finish() }
        let stores = try zip(files.checkpoints, backends).map { file, backend in
            try TrialCheckpoints(
                file, of: checkpointed(measure, data, pruning: isPruning, on: backend.device), resumes: resume,
                say: progress.note)
        }
        var finished = 0
        try study.run(trials: evaluations, parallel: parallel, timeLimit: limits.timeLimit) { event in
            switch event {
            case .proposed(_, let snapshots):
                if !snapshots.isEmpty { plots.update(snapshots) }
            case .finished(let trial):
                finished += 1
                try events?.write(trial)
                progress.note(StudySummary.line(trial, of: evaluations, searched: searchedNames))
            }
        } objective: { plans, stops, report in
            let first = finished - known
            // A trial that is evaluated again has the same device.
            let assigned = plans.map { $0.position % devices.count }
            for (device, store) in stores.enumerated() {
                store.plans = zip(plans, assigned).filter { $0.1 == device }.map(\.0)
            }
            try validation.run(
                plans.map { TrainingConfiguration($0.parameters, replicate: $0.replicate) }, on: assigned,
                checkpoints: stores,
                progress: { steps in
                    progress.update(
                        done: steps.reduce(first * perTrial) { $0 + $1.samplesDone },
                        total: steps.reduce((evaluations - known - plans.count) * perTrial) { $0 + $1.samplesTotal },
                        phase: Self.words(steps.flatMap(\.configurations).map { plans[$0].number }.sorted())
                            + " of \(evaluations), \(steps[0].phase)")
                }, stops: stops, finished: { try report($0, TrialRecord.Outcome($1)) })
        }
        for store in stores { try store.removeOld(recorded: study.record.trials.map(\.number)) }
        try files.removeOtherCheckpoints()
        plots.update(study.snapshots)
        progress.finish()
        // The answer is printed even if the model can't be trained.
        let final = Result {
            if let model = files.model, let answer = study.record.answer {
                let final = try retrain(with: answer, on: backend, images: images, network: network, to: model)
                try journal.set(FinalModel.attribute, to: final)
            }
        }
        for (position, backend) in backends.enumerated() {
            guard let measuring = backend as? any DeviceMemoryMeasuring else { continue }
            let megabytes = Double(measuring.peakMemoryBytes) / 1024 / 1024
            let device = others.isEmpty ? "the device" : "device \(several.devices[position])"
            StandardError.write("Memory of \(device): \(megabytes.formatted(fractionDigits: 0)) MB at most")
        }
        plots.finish()
        try journal.setDashboard(
            note: StudySummary.markdown(study.record, searched: searchedNames),
            figure: study.snapshots.last?.plotlyFigure())
        try ReportFile.write(ReportSubject(study, journal: journal.study), to: files.report)
        try format.write(study.record, searched: study.searchedNames)
        try final.get()
    }

    /// The trials of one stack, in words; they need not be consecutive.
    private static func words(_ numbers: [Int]) -> String {
        guard let first = numbers.first, let last = numbers.last, numbers.count > 1 else {
            return "evaluation \(numbers.first ?? 0)"
        }
        let isGapless = last - first == numbers.count - 1
        return "evaluations " + (isGapless ? "\(first) to \(last)" : numbers.map { "\($0)" }.joined(separator: ", "))
    }

    /// The number of trials of a batch.
    private var parallel: Int { trials.parallel ?? max(several.devices.count, 1) }

    // MARK: Searched hyperparameters

    /// The names of the searched hyperparameters besides the learning rate.
    private var searchedNames: [String] { trials.search.map(\.row.name) }

    private func isSearched(_ row: Hyperparameter) -> Bool { searchedNames.contains(row.name) }

    /// The values of the flags.
    private var values: [String: Double] {
        hyperparameters.values.merging([Hyperparameter.width.name: network.variant.width ?? 1]) { $1 }
    }

    /// Refuses a width whose network is too large, before the first trial.
    private func checkWidths(of network: NetworkPlan) throws {
        guard let searched = trials.search.first(where: { $0.row.name == Hyperparameter.width.name }) else { return }
        let widest = searched.nearest(to: .greatestFiniteMagnitude)
        _ = try network.variant(for: TrainingConfiguration([Hyperparameter.width.name: widest]))
    }

    /// A record with all hyperparameters: what another program's lacks has the values of the flags.
    private func completed(_ record: TrialRecord) -> TrialRecord {
        let isForeign = record.origin == nil && record.folds.isEmpty
        return isForeign ? record : record.completed(with: defaultsOfOldRecords)
    }

    /// The hyperparameters that records of old versions may lack, with the values that those versions trained with.
    ///
    /// The width was a part of the network's name, which must be the same.
    private var defaultsOfOldRecords: [NamedValue] {
        let rows: [Hyperparameter] = [.warmUp, .labelSmoothing, .clipNorm, .dropout]
        let width = isSearched(.width) ? 1 : network.variant.width ?? 1
        return rows.map { NamedValue($0.name, $0.value($0.defaultValue)) }
            + [NamedValue(Hyperparameter.width.name, .real(width))]
    }

    /// All hyperparameters with the values of the first trial, which are fixed for those that are not searched.
    private var defaults: [NamedValue] {
        let values = values.merging([Hyperparameter.learningRate.name: initial]) { $1 }
        return Hyperparameter.all.map { row in
            let value = values[row.name] ?? row.defaultValue
            let searched = trials.search.first { $0.row.name == row.name }
            return NamedValue(row.name, row.value(searched?.nearest(to: value) ?? value))
        }
    }

    private func studySearch(pruning: EarlyStopping?) throws -> Study.Search {
        let rate = try Parameter(
            Hyperparameter.learningRate.name, .real(lower: search.lower, upper: search.upper, scale: search.scale))
        let space = try ParameterSpace([rate] + trials.search.map(\.parameter))
        var configuration = search.configuration
        configuration.initialPoint = Dictionary(
            uniqueKeysWithValues: defaults.filter { space[$0.name] != nil }.map { ($0.name, $0.value) })
        return Study.Search(
            space: space, configuration: configuration, defaults: defaults,
            noise: search.preset == .reference ? .estimated : .folds, pruning: pruning,
            stopsEarly: search.stop == .auto)
    }

    /// The settings that determine the outcome of a trial.
    private func measure(_ network: NetworkPlan, _ choice: NetworkChoice) -> RecordedStudy.Measure {
        .init(
            network: network.description.name, layers: choice.layers.map { _ in LayerList(network.description.layers) },
            epochs: training.epochs, folds: folds.folds, stratify: folds.stratify, limit: limit.limit,
            schedule: training.schedule.rawValue, nesterov: training.nesterov, augment: training.augment?.text)
    }

    /// What the numbers in a checkpoint depend on, besides the hyperparameters of its trials.
    private func checkpointed(
        _ measure: RecordedStudy.Measure, _ data: DataRecord, pruning: Bool, on device: DeviceDescription
    ) -> StudySettings {
        StudySettings(
            members: [
                "network": measure.network, "layers": measure.layers, "epochs": measure.epochs, "folds": measure.folds,
                "stratify": measure.stratify, "limit": measure.limit, "schedule": measure.schedule,
                "nesterov": measure.nesterov, "augment": measure.augment, "seed": training.seed, "pruning": pruning,
                "data": data.checksum, "normalization": data.normalization, "backend": device.backend,
                "device": device.name, "version": Version.current,
            ], defaults: [])
    }

    private func settings(_ measure: RecordedStudy.Measure) -> StudySettings {
        StudySettings(
            members: [
                "evaluations": evaluations, "lower": search.lower, "upper": search.upper, "initial": initial,
                "network": measure.network, "layers": measure.layers, "epochs": training.epochs, "folds": folds.folds,
                "stratify": folds.stratify, "limit": limit.limit, "schedule": training.schedule.rawValue,
                "nesterov": training.nesterov, "augment": training.augment?.text, "scale": search.scale.rawValue,
                // The preset `reference` has a fixed acquisition function.
                "acquisition": search.preset == .reference ? String?.none : search.configuration.acquisition.rawValue,
                "search": trials.search.map(\.text), "parallel": parallel,
                "pruning": trials.isPruning(search.preset), "stop": search.stop.rawValue,
                "warm_start": limits.warmStart,
            ],
            defaults: Hyperparameter.all.compactMap { row in
                values[row.name].map { NamedValue(row.name, row.value($0)) }
            })
    }

    // MARK: The end

    /// Trains on all training images with the answer of the study, and returns what a report shows of the model.
    private func retrain(
        with answer: [NamedValue], on backend: some Backend, images: ImageDataset, network: NetworkPlan,
        to file: OutputFile
    ) throws -> FinalModel {
        let configuration = TrainingConfiguration(answer)
        let run = try SingleRun(
            data: images, network: network, configuration: configuration, settings: training.settings, on: backend)
        guard let score = try run.runWithProgress("final model, ") else {
            throw Failure(
                "the final model's loss is no longer finite at learning rate \(configuration.step.learningRate); the results "
                    + "are kept, and no model was saved")
        }
        let (state, trained) = (
            try run.readState(), try NetworkPlan(network.description.scaled(by: configuration.width))
        )
        try WeightFile.write(
            state, of: trained,
            images: ModelImages(images.format, reading: data.reading.options(seed: training.seed)), to: file)
        StandardError.write("Final model: test \(score.text), saved as \(file.path)")
        return try FinalModel(
            trainedWith: answer,
            Evaluation(of: state, network: trained, on: images.test, batchSize: 256, backend: backend), on: images.test)
    }
}
