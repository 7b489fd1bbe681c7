import Backend
import Datasets
import NeuralNetwork
import Training

/// A stack in the middle of training, for timing its steps.
struct StepBench<B: Backend> {
    private let backend: B
    private let stack: ResNetStack<B>
    private let batch: StackBatch<B>
    private let scores: StackScores<B>

    init(stack models: Int, batchSize: Int, images: LabelledImages, on backend: B) throws {
        self.backend = backend
        stack = try ResNetStack(models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setLearningRates(Array(repeating: 0.01, count: models))
        let data = try ResidentDataset(images, on: backend)
        let indices = epochOrder(data.allIndices, seed: 10, fold: 0, epoch: 0)
        let order = try stack.makeOrder(Array(repeating: indices, count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: 1)
        batch = StackBatch(
            dataset: data.dataset, order: order, start: 0, counts: SampleCounts(batchSize, models: models))
    }

    func train() throws { try stack.trainStep(on: batch, scores: scores, step: 0) }

    func evaluate() throws { try stack.evaluateStep(on: batch, scores: scores, step: 0) }

    /// Repeats a step for about `seconds` after a warm-up.
    func imagesPerSecond(for seconds: Double, _ step: () throws -> Void) throws -> Double {
        for _ in 0..<3 { try step() }
        try backend.synchronize()
        let start = ContinuousClock.now
        var steps = 0
        repeat {
            for _ in 0..<4 { try step() }
            steps += 4
            try backend.synchronize()
        } while ContinuousClock.now - start < .seconds(seconds)
        return Double(steps * batch.counts.total) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
