import Backend
import Datasets
import NeuralNetwork
import Training

/// A stack in the middle of training, for timing passes of some steps.
struct StepBench<B: Backend> {
    private let backend: B
    private let stack: ResNetStack<B>
    private let data: ResidentDataset<B>
    private let order: StackOrder<B>
    private let scores: StackScores<B>
    /// Images of all models in a pass.
    private let images: Int
    /// Steps of a pass.
    let steps: Int

    /// - Parameter steps: of a pass; nil for about a tenth of a second on a processor of today.
    init(stack models: Int, batchSize: Int, images: LabelledImages, steps: Int? = nil, on backend: B) throws {
        self.backend = backend
        stack = try ResNetStack(models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setDescent(Array(repeating: SGD(learningRate: 0.01), count: models))
        data = try ResidentDataset(images, on: backend)
        self.steps = min(steps ?? max(10_000 / (models * batchSize), 4), images.count / batchSize)
        let indices = epochOrder(data.allIndices, seed: 10, fold: 0, epoch: 0).prefix(self.steps * batchSize)
        order = try stack.makeOrder(Array(repeating: Array(indices), count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: self.steps)
        self.images = models * self.steps * batchSize
    }

    func train() throws { try stack.run(.training, on: data.dataset, order: order, scores: scores) }

    func evaluate() throws { try stack.run(.evaluation, on: data.dataset, order: order, scores: scores) }

    /// Repeats a pass for about `seconds` after a warm-up.
    func imagesPerSecond(for seconds: Double, _ pass: () throws -> Void) throws -> Double {
        try pass()
        try backend.synchronize()
        let start = ContinuousClock.now
        var passes = 0
        repeat {
            try pass()
            passes += 1
            try backend.synchronize()
        } while ContinuousClock.now - start < .seconds(seconds)
        return Double(passes * images) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
