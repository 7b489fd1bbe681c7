import Backend
import Datasets
import NeuralNetwork
import Training

/// A stack in training, for measuring its steps.
struct StepBench<B: Backend> {
    private let backend: B
    private let stack: NetworkStack<B>
    private let dataset: B.Dataset
    private let order: StackOrder<B>
    private let scores: StackScores<B>
    /// The number of images per model in a step.
    private let batchSize: Int
    /// The number of steps of a pass.
    let steps: Int

    /// - Parameter step: The settings of the steps of all models.
    init(
        _ options: StackOptions, images: LabelledImages, network: NetworkPlan,
        step: StepSettings = StepSettings(learningRate: 0.01), on backend: B
    ) throws {
        try self.init(
            models: options.stack, batchSize: options.batchSize, images: images, network: network, step: step,
            on: backend)
    }

    /// - Parameters:
    ///   - batchSize: The number of images per model in a step.
    ///   - step: The settings of the steps of all models.
    init(
        models: Int, batchSize: Int, images: LabelledImages, network: NetworkPlan,
        step: StepSettings = StepSettings(learningRate: 0.01), on backend: B
    ) throws {
        self.backend = backend
        self.batchSize = batchSize
        stack = try NetworkStack(network, models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        dataset = try backend.makeDataset(ImageBytes(images))
        // About 0.1 s on a current processor.
        steps = max(1, min(max(10_000 / (models * batchSize), 4), images.count / batchSize))
        let indices = epochOrder(Array(0..<Int32(images.count)), seed: 10, fold: 0, epoch: 0)
            .prefix(steps * batchSize)
        order = try stack.makeOrder(Array(repeating: Array(indices), count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: steps)
        try stack.setStepSettings(Array(repeating: step, count: models))
    }

    /// Runs one step of a pass.
    func runStep(_ pass: StackPass) throws {
        try stack.runStep(pass, on: dataset, order: order, step: 0, scores: scores)
    }

    /// Runs a pass of ``steps`` steps, as in training.
    func run(_ pass: StackPass) throws {
        try stack.run(pass, on: dataset, order: order, scores: scores)
    }

    /// The rate of a pass, repeated for about `seconds` after a warm-up.
    func imagesPerSecond(_ pass: StackPass, for seconds: Double) throws -> Double {
        try run(pass)
        try backend.synchronize()
        let start = ContinuousClock.now
        var passes = 0
        repeat {
            try run(pass)
            passes += 1
            try backend.synchronize()
        } while ContinuousClock.now - start < .seconds(seconds)
        let images = passes * steps * batchSize * stack.models
        return Double(images) / ((ContinuousClock.now - start) / .seconds(1))
    }
}

/// Returns a training step that can be repeated, for a backend whose type the caller does not know.
func trainingStep(
    _ options: StackOptions, images: LabelledImages, network: NetworkPlan, on backend: some Backend
) throws -> () throws -> Void {
    let bench = try StepBench(options, images: images, network: network, on: backend)
    return { try bench.runStep(.training) }
}
