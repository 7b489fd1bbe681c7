package import Backend
package import Datasets
package import NeuralNetwork

/// What one fold came to.
package struct FoldResult: Sendable, Equatable {
    /// The fold's number, from 0.
    package var fold: Int
    /// On the samples left out of training.
    package var validation: Score
    /// On the test set, for information.
    package var test: Score
    /// Whether the loss is not finite or no better than guessing by the class frequencies.
    package var isDiverged: Bool
}

/// What one learning rate came to.
package struct CrossValidationResult: Sendable, Equatable {
    package var learningRate: Double
    package var folds: [FoldResult]

    /// Mean of the folds' validation losses.
    package var validationLoss: Double { mean(\.validation.loss) }
    /// Mean of the folds' validation accuracies.
    package var validationAccuracy: Double { mean(\.validation.accuracy) }
    /// Mean of the folds' test losses.
    package var testLoss: Double { mean(\.test.loss) }
    /// Mean of the folds' test accuracies.
    package var testAccuracy: Double { mean(\.test.accuracy) }
    /// Whether any fold has diverged.
    package var isDiverged: Bool { folds.contains(where: \.isDiverged) }

    private func mean(_ value: KeyPath<FoldResult, Double>) -> Double {
        folds.reduce(0) { $0 + $1[keyPath: value] } / Double(folds.count)
    }
}

/// k-fold cross-validation of learning rates: every fold of every rate is one model of a single stack.
///
/// All models start from the same initial weights, and a fold sees the same batches under every rate.
package struct CrossValidation<B: Backend> {
    /// Where a cross-validation is.
    package struct Progress: Sendable, Equatable {
        /// What is being done.
        package enum Phase: Sendable, Equatable, CustomStringConvertible {
            case training(epoch: Int, of: Int), validation, test

            /// In words, for a person.
            package var description: String {
                switch self {
                case .training(let epoch, let epochs): "epoch \(epoch + 1) of \(epochs)"
                case .validation: "validation"
                case .test: "test"
                }
            }
        }

        package var phase: Phase
        /// Samples of all models done since the beginning, training and evaluation alike.
        package var samplesDone: Int
        /// Samples of all models that the cross-validation will go through.
        package var samplesTotal: Int
    }

    package let settings: TrainingSettings
    package let description: ResNetDescription
    package let folds: [Fold]
    private let backend: B
    private let training: ResidentDataset<B>
    private let test: ResidentDataset<B>

    /// Splits the training images into folds and puts both data sets on the device.
    package init(
        data: FashionMNIST, folds: Int, settings: TrainingSettings,
        description: ResNetDescription = ResNetDescription(), on backend: B
    ) throws {
        self.settings = settings
        self.description = description
        self.backend = backend
        self.folds = try KFold(folds: folds, seed: settings.seed).split(data.training.count)
        training = try ResidentDataset(data.training, on: backend)
        test = try ResidentDataset(data.test, on: backend)
    }

    /// Samples that all folds of a learning rate go through, in training and evaluation.
    package var samplesPerLearningRate: Int {
        folds.reduce(0) { $0 + settings.epochs * $1.training.count + $1.validation.count + test.count }
    }

    /// Trains and evaluates all folds of all learning rates at once.
    /// - Parameter progress: told of every step; what it throws ends the run.
    /// - Returns: a result for each learning rate, in their order.
    package func run(learningRates: [Double], progress: @escaping (Progress) throws -> Void = { _ in }) throws
        -> [CrossValidationResult]
    {
        let models = learningRates.count * folds.count
        let longest = max(test.count, folds.map { max($0.training.count, $0.validation.count) }.max() ?? 0)
        let stack = try ResNetStack(
            description, models: models, samples: min(settings.batchSize, longest), on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: settings.seed)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setLearningRates(learningRates.flatMap { Array(repeating: Float($0), count: folds.count) })

        var state = Progress(
            phase: .training(epoch: 0, of: settings.epochs), samplesDone: 0,
            samplesTotal: learningRates.count * samplesPerLearningRate)
        let trainer = StackTrainer(stack) { samples in
            state.samplesDone += samples
            try progress(state)
        }
        /// One order for each model: the folds', again for each rate.
        func perModel(_ order: (Int, Fold) -> [Int32]) -> [[Int32]] {
            let orders = folds.enumerated().map { order($0.offset, $0.element) }
            return learningRates.flatMap { _ in orders }
        }

        for epoch in 0..<settings.epochs {
            state.phase = .training(epoch: epoch, of: settings.epochs)
            let order = perModel { epochOrder($1.training, seed: settings.seed, fold: $0, epoch: epoch) }
            _ = try trainer.train(on: training, order: order)
        }
        state.phase = .validation
        let validation = try trainer.evaluate(
            on: training, order: perModel { $1.validation })
        state.phase = .test
        let tested = try trainer.evaluate(
            on: test, order: perModel { _, _ in test.allIndices })

        return learningRates.enumerated().map { index, rate in
            CrossValidationResult(
                learningRate: rate,
                folds: folds.indices.map { fold in
                    let model = index * folds.count + fold
                    return FoldResult(
                        fold: fold, validation: validation[model], test: tested[model],
                        isDiverged: validation[model].isDiverged(classes: description.classes))
                })
        }
    }
}
