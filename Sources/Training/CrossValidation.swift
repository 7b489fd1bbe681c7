package import Backend
package import Datasets
package import NeuralNetwork

/// k-fold cross-validation of training configurations: every fold of every configuration is one model of a stack.
///
/// Configurations whose steps have the same shapes (batch size, width, dropout) are trained as a single stack. All models have the same initial weights, and a fold
/// has the same order of samples in every configuration of the same replicate.
package struct CrossValidation<B: Backend> {
    /// The progress of a cross-validation.
    package struct Progress: Sendable, Equatable {
        /// The current phase.
        package enum Phase: Sendable, Equatable, CustomStringConvertible {
            case training(epoch: Int, of: Int), validation, test

            /// A text for the user.
            package var description: String {
                switch self {
                case .training(let epoch, let epochs): "epoch \(epoch + 1) of \(epochs)"
                case .validation: "validation"
                case .test: "test"
                }
            }
        }

        package var phase: Phase
        /// The indices of the configurations that are trained now, as one stack.
        package var configurations: [Int] = []
        /// The number of processed samples of all models, in training and evaluation.
        package var samplesDone: Int
        /// The expected total number of samples of all models, in training and evaluation.
        package var samplesTotal: Int
    }

    /// Decides after every epoch except the last whether to stop the training of a configuration.
    ///
    /// Its arguments are the index of the configuration and the validation losses so far, `[fold][epoch]`.
    package typealias StoppingRule = (_ configuration: Int, _ losses: [[Double]]) throws -> Bool

    package let settings: TrainingSettings
    private let network: NetworkPlan
    package let folds: [Fold]
    private let backend: B
    private let training: ResidentDataset<B>
    private let test: ResidentDataset<B>

    /// Splits the training images into folds and copies both sets of images to the device.
    ///
    /// - Parameters:
    ///   - isStratified: whether every fold has nearly the same share of each class.
    ///   - dataLimit: the most bytes of pixels of each set on the device; nil for what the backend allows.
    /// - Throws: ``DataMismatch`` if the network and the images do not fit together, `DatasetError` for an impossible
    ///   number of folds, and `BackendError`.
    package init(
        data: ImageDataset, network: NetworkPlan, folds: Int, isStratified: Bool = false, settings: TrainingSettings,
        on backend: B, dataLimit: Int? = nil
    ) throws {
        try data.format.requireFit(of: network.description)
        self.settings = settings
        self.network = network
        self.backend = backend
        self.folds =
            isStratified
            ? try Fold.stratifiedKFold(folds, of: data.training.labels, seed: settings.seed)
            : try Fold.kFold(folds, of: data.training.count, seed: settings.seed)
        training = try ResidentDataset(data.training, on: backend, limit: dataLimit)
        test = try ResidentDataset(data.test, on: backend, limit: dataLimit)
    }

    /// The number of samples that all folds of a configuration process, in training and evaluation.
    ///
    /// - Parameter validatesEveryEpoch: whether every epoch ends with a validation, not only the last one.
    package func samplesPerConfiguration(validatesEveryEpoch: Bool = false) -> Int {
        let validations = validatesEveryEpoch ? settings.epochs : 1
        return folds.reduce(0) {
            $0 + settings.epochs * $1.training.count + validations * $1.validation.count + test.count
        }
    }

    /// Trains and evaluates all folds of all configurations; those whose steps have the same shapes are trained at once.
    ///
    /// - Parameters:
    ///   - validatesEveryEpoch: whether every epoch ends with a validation, not only the last one. The bits of the other
    ///     scores do not depend on it.
    ///   - progress: is called in every step; an error that it throws ends the run.
    ///   - stops: ends the training of a configuration early. With a rule, every epoch ends with a validation. The bits of the
    ///     other configurations' scores do not depend on it.
    ///   - checkpoints: keeps what each stack needs to go on, after every epoch, and gives it to a run that repeats this one. The
    ///     bits of the scores do not depend on it.
    ///   - finished: is called with each result and the index of its configuration, after the training of its stack; an error
    ///     that it throws ends the run.
    /// - Returns: one result per configuration, in their order.
    package func run(
        _ configurations: [TrainingConfiguration], validatesEveryEpoch: Bool = false,
        progress: @escaping (Progress) throws -> Void = { _ in }, stops: StoppingRule?,
        checkpoints: (any CheckpointStore)? = nil,
        finished: (_ configuration: Int, CrossValidationResult) throws -> Void = { _, _ in }
    ) throws -> [CrossValidationResult] {
        for configuration in configurations {
            try network.variant(for: configuration).requireSeveralValues(
                ofImages: folds.map(\.training.count), batchSize: configuration.batchSize)
        }
        let validatesEveryEpoch = validatesEveryEpoch || stops != nil
        var results: [CrossValidationResult?] = configurations.map { _ in nil }
        var state = Progress(
            phase: .training(epoch: 0, of: settings.epochs), samplesDone: 0,
            samplesTotal: configurations.count * samplesPerConfiguration(validatesEveryEpoch: validatesEveryEpoch))
        // Stacks in the order of their first configuration.
        var remaining = Array(configurations.indices)
        while let first = remaining.first {
            let members = remaining.filter { configurations[$0].stackKind == configurations[first].stackKind }
            remaining.removeAll { members.contains($0) }
            state.configurations = members
            let trained = try train(
                members.map { configurations[$0] }, validatesEveryEpoch: validatesEveryEpoch,
                stops: stops.map { rule in { try rule(members[$0], $1) } },
                checkpoints: checkpoints.map { StackCheckpoints(store: $0, configurations: members) },
                state: &state, progress: progress)
            for (member, result) in zip(members, trained) {
                results[member] = result
                try finished(member, result)
            }
            try checkpoints?.remove()
        }
        return results.compactMap { $0 }
    }

    /// The learning rates of all models of a stack in an epoch, `[model][step]`; nil if they do not change.
    private func learningRates(of configurations: [TrainingConfiguration], epoch: Int) -> [[Double]]? {
        guard configurations.contains(where: { $0.changesLearningRate(settings) }) else { return nil }
        return configurations.flatMap { configuration in
            folds.map { configuration.learningRates(ofEpoch: epoch, samples: $0.training.count, settings) }
        }
    }

    /// What a stack needs to go on after an epoch.
    private func checkpoint(
        of stack: NetworkStack<B>, epochs: Int, isStopped: [Bool], _ scores: [[Score]]
    ) throws -> StackCheckpoint {
        let (states, velocities) = (try stack.readStates(), try stack.readVelocities())
        return StackCheckpoint(
            epochs: epochs,
            members: isStopped.enumerated().map { index, isStopped in
                StackCheckpoint.Member(
                    isStopped: isStopped,
                    models: (index * folds.count..<(index + 1) * folds.count).map {
                        StackCheckpoint.Model(state: states[$0], velocities: velocities[$0], scores: scores[$0])
                    })
            })
    }

    /// The samples that need not be processed any more after a checkpoint.
    private func samplesDone(_ checkpoint: StackCheckpoint) -> Int {
        checkpoint.members.reduce(0) { sum, member in
            let scored = member.models[0].scores.count
            // The whole training is done when it was stopped.
            let (trained, validated) =
                member.isStopped ? (settings.epochs, settings.epochs) : (checkpoint.epochs, scored)
            return folds.reduce(sum) { $0 + trained * $1.training.count + validated * $1.validation.count }
        }
    }

    /// Trains and evaluates configurations of one kind of stack.
    private func train(
        _ configurations: [TrainingConfiguration], validatesEveryEpoch: Bool, stops: StoppingRule?,
        checkpoints: StackCheckpoints?, state progressState: inout Progress,
        progress: @escaping (Progress) throws -> Void
    ) throws -> [CrossValidationResult] {
        let network = try network.variant(for: configurations[0])
        let models = configurations.count * folds.count
        let evaluated = max(test.count, folds.map(\.validation.count).max() ?? 0)
        let samples = stackSamples(
            batchSize: configurations[0].batchSize, training: folds.map(\.training.count).max() ?? 0,
            evaluation: evaluated)
        let stack = try NetworkStack(network, models: models, samples: samples, evaluating: evaluated, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: settings.seed)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setStepSettings(
            configurations.flatMap { Array(repeating: $0.step, count: folds.count) }, nesterov: settings.nesterov)

        var state = progressState
        defer { progressState = state }
        let trainer = StackTrainer(stack) { samples in
            state.samplesDone += samples
            try progress(state)
        }
        let restored = try checkpoints?.restore(
            as: StackCheckpoint.Shape(
                layout: stack.layout, folds: folds.count, epochs: settings.epochs,
                isScoredEveryEpoch: validatesEveryEpoch))
        if let restored {
            try stack.load(restored.models.map(\.state))
            try stack.setVelocities(restored.models.map(\.velocities))
            state.samplesTotal -= samplesDone(restored)
        }
        var isStopped = restored?.members.map(\.isStopped) ?? configurations.map { _ in false }
        /// The orders of all models: those of the folds for each configuration in training, and empty ones for stopped ones.
        func perModel(_ order: (TrainingConfiguration, Int, Fold) -> [Int32]) -> [[Int32]] {
            zip(configurations, isStopped).flatMap { configuration, isStopped in
                folds.enumerated().map { isStopped ? [] : order(configuration, $0.offset, $0.element) }
            }
        }

        /// `[model][epoch]`, or only those of the last epoch.
        var validations = restored?.models.map(\.scores) ?? Array(repeating: [], count: models)
        for epoch in (restored?.epochs ?? 0)..<settings.epochs where isStopped.contains(false) {
            state.phase = .training(epoch: epoch, of: settings.epochs)
            let order = perModel { configuration, fold, indices in
                epochOrder(
                    indices.training, seed: settings.seed, fold: fold, epoch: epoch,
                    replicate: configuration.replicate)
            }
            let drawn = order.enumerated().map { model, samples in
                let configuration = configurations[model / folds.count]
                return DrawnModel(
                    samples: samples.count, fold: model % folds.count, replicate: configuration.replicate,
                    dropout: configuration.step.dropout)
            }
            _ = try trainer.train(
                on: training, order: order,
                draws: EpochDraws(drawn, epoch: epoch, network, settings),
                learningRates: learningRates(of: configurations, epoch: epoch))
            let isLast = epoch == settings.epochs - 1
            if validatesEveryEpoch || isLast {
                state.phase = .validation
                let scores = try trainer.evaluate(on: training, order: perModel { $2.validation })
                for model in 0..<models where !isStopped[model / folds.count] {
                    validations[model].append(scores[model])
                }
            }
            if let stops, !isLast {
                for index in configurations.indices where !isStopped[index] {
                    let losses = validations[index * folds.count..<(index + 1) * folds.count].map { $0.map(\.loss) }
                    guard try stops(index, losses) else { continue }
                    isStopped[index] = true
                    let left = settings.epochs - 1 - epoch
                    state.samplesTotal -= left * folds.reduce(0) { $0 + $1.training.count + $1.validation.count }
                }
            }
            try checkpoints?.save(checkpoint(of: stack, epochs: epoch + 1, isStopped: isStopped, validations))
        }
        // The test scores are for information; stopped configurations have them too.
        let trainedEpochs = validatesEveryEpoch ? validations.map(\.count) : validations.map { _ in settings.epochs }
        let wasStopped = isStopped
        isStopped = configurations.map { _ in false }
        state.phase = .test
        let tested = try trainer.evaluate(on: test, order: perModel { _, _, _ in test.allIndices })

        return configurations.enumerated().map { index, configuration in
            CrossValidationResult(
                configuration: configuration, trainedEpochs: trainedEpochs[index * folds.count],
                isStopped: wasStopped[index],
                folds: folds.indices.map { fold in
                    let model = index * folds.count + fold
                    let validation = validations[model][validations[model].count - 1]
                    return FoldResult(
                        fold: fold, validation: validation, test: tested[model],
                        epochs: validatesEveryEpoch ? validations[model] : [],
                        isDiverged: validation.isDiverged(classes: network.description.classes))
                })
        }
    }
}
