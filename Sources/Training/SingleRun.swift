package import Backend
package import Datasets
package import NeuralNetwork

/// Training one model on all training images, as a fold 0 without validation.
package struct SingleRun<B: Backend> {
    /// What an epoch came to.
    package struct Epoch: Sendable, Equatable {
        package var epoch: Int
        /// The mean loss of each step's batch, before its update.
        package var losses: [Double]
        /// On the test set; nil where the loss stopped being finite.
        package var test: Score?
    }

    private let stack: ResNetStack<B>
    private let settings: TrainingSettings
    private let training: ResidentDataset<B>
    private let test: ResidentDataset<B>

    /// - Parameter initial: weights to start from; nil draws them from the seed.
    package init(
        data: FashionMNIST, descent: SGD, settings: TrainingSettings, initial: StateDictionary? = nil,
        on backend: B
    ) throws {
        self.settings = settings
        let samples = stackSamples(
            batchSize: settings.batchSize, training: data.training.count, evaluation: data.test.count)
        stack = try ResNetStack(models: 1, samples: samples, on: backend)
        try stack.load([initial ?? StateDictionary(initial: stack.layout, seed: settings.seed)])
        try stack.setDescent([descent])
        training = try ResidentDataset(data.training, on: backend)
        test = try ResidentDataset(data.test, on: backend)
    }

    /// The names and shapes of the state.
    package var layout: StateLayout { stack.layout }

    /// The model's state, once everything before has run.
    package func readState() throws -> StateDictionary { try stack.readStates()[0] }

    /// Trains epoch after epoch, and ends early where a loss is not finite.
    /// - Parameters:
    ///   - progress: told of every step's number of samples.
    ///   - finished: told of every epoch.
    /// - Returns: whether all losses were finite.
    package func run(progress: @escaping (Int) throws -> Void = { _ in }, finished: (Epoch) throws -> Void) throws
        -> Bool
    {
        let trainer = StackTrainer(stack, progress: progress)
        for epoch in 0..<settings.epochs {
            let order = epochOrder(training.allIndices, seed: settings.seed, fold: 0, epoch: epoch)
            let steps = try trainer.train(on: training, order: [order])[0]
            let losses = steps.enumerated().map { step, score in
                Double(score.lossSum) / Double(min(settings.batchSize, order.count - step * settings.batchSize))
            }
            guard losses.allSatisfy(\.isFinite) else {
                try finished(Epoch(epoch: epoch, losses: losses, test: nil))
                return false
            }
            let score = try trainer.evaluate(on: test, order: [test.allIndices])[0]
            try finished(Epoch(epoch: epoch, losses: losses, test: score))
        }
        return true
    }
}
