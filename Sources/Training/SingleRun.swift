package import Backend
package import Datasets
package import NeuralNetwork

/// The training of one model on all training images, as a fold 0 without validation.
package struct SingleRun<B: Backend> {
    /// The result of an epoch.
    package struct Epoch: Sendable, Equatable {
        package var epoch: Int
        /// The mean loss of the batch of each step, before the update.
        package var losses: [Double]
        /// The score on the test set; nil if a loss was not finite.
        package var test: Score?
    }

    private let stack: NetworkStack<B>
    package let settings: TrainingSettings
    private let configuration: TrainingConfiguration
    private let training: ResidentDataset<B>
    private let test: ResidentDataset<B>

    /// Allocates the model and copies both sets of images to the device.
    ///
    /// - Parameters:
    ///   - initial: the initial weights; nil draws them from the seed.
    ///   - dataLimit: the most bytes of pixels of each set on the device; nil for what the backend allows.
    /// - Throws: ``DataMismatch`` if the network and the images do not fit together; `BackendError`.
    package init(
        data: ImageDataset, network: NetworkPlan, configuration: TrainingConfiguration,
        settings: TrainingSettings, initial: StateDictionary? = nil, on backend: B,
        dataLimit: Int? = nil
    ) throws {
        try data.format.requireFit(of: network.description)
        let network = try network.variant(for: configuration)
        try network.requireSeveralValues(ofImages: [data.training.count], batchSize: configuration.batchSize)
        self.settings = settings
        self.configuration = configuration
        let samples = stackSamples(
            batchSize: configuration.batchSize, training: data.training.count, evaluation: data.test.count)
        stack = try NetworkStack(
            network, models: 1, samples: samples, evaluating: data.test.count, on: backend)
        try stack.load([initial ?? StateDictionary(initial: stack.layout, seed: settings.seed)])
        try stack.setStepSettings([configuration.step], nesterov: settings.nesterov)
        training = try ResidentDataset(data.training, on: backend, limit: dataLimit)
        test = try ResidentDataset(data.test, on: backend, limit: dataLimit)
    }

    /// The number of samples that an epoch processes, in training and evaluation.
    package var samplesPerEpoch: Int { training.count + test.count }

    /// The state of the model, after all previous operations have completed.
    package func readState() throws -> StateDictionary { try stack.readStates()[0] }

    /// Trains all epochs, and stops early if a loss is not finite.
    ///
    /// - Parameters:
    ///   - progress: is called with the number of samples of every step.
    ///   - finished: is called with the result of every epoch.
    /// - Returns: the score on the test set after the last epoch; nil if a loss was not finite.
    package func run(
        progress: @escaping (Int) throws -> Void = { _ in }, finished: (Epoch) throws -> Void
    ) throws -> Score? {
        let trainer = StackTrainer(stack, progress: progress)
        let batchSize = configuration.batchSize
        var last: Score?
        for epoch in 0..<settings.epochs {
            let order = epochOrder(training.allIndices, seed: settings.seed, fold: 0, epoch: epoch)
            let steps = try trainer.train(
                on: training, order: [order],
                draws: EpochDraws(
                    [
                        DrawnModel(
                            samples: order.count, fold: 0, replicate: 0, dropout: configuration.step.dropout)
                    ], epoch: epoch, stack.plan, settings),
                learningRates: configuration.changesLearningRate(settings)
                    ? [configuration.learningRates(ofEpoch: epoch, samples: order.count, settings)] : nil)[0]
            let losses = steps.enumerated().map { step, score in
                Double(score.lossSum) / Double(min(batchSize, order.count - step * batchSize))
            }
            guard losses.allSatisfy(\.isFinite) else {
                try finished(Epoch(epoch: epoch, losses: losses, test: nil))
                return nil
            }
            let score = try trainer.evaluate(on: test, order: [test.allIndices])[0]
            try finished(Epoch(epoch: epoch, losses: losses, test: score))
            last = score
        }
        return last?.loss.isFinite == true ? last : nil
    }
}
