import Backend
import Datasets
import NeuralNetwork
import Training

/// A stack in the middle of training, for timing its steps.
struct StepBench<B: Backend> {
    private let backend: B
    private let stack: ResNetStack<B>
    private let data: ResidentDataset<B>
    private let order: StackOrder<B>
    private let scores: StackScores<B>
    /// Images of a model in a step.
    private let batchSize: Int
    /// Steps of a pass.
    let steps: Int

    init(stack models: Int, batchSize: Int, images: LabelledImages, on backend: B) throws {
        self.backend = backend
        self.batchSize = batchSize
        stack = try ResNetStack(models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        data = try ResidentDataset(images, on: backend)
        // About a tenth of a second on a processor of today.
        steps = max(1, min(max(10_000 / (models * batchSize), 4), images.count / batchSize))
        let indices = epochOrder(data.allIndices, seed: 10, fold: 0, epoch: 0).prefix(steps * batchSize)
        order = try stack.makeOrder(Array(repeating: Array(indices), count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: steps)
        try setSGD(SGD(learningRate: 0.01))
    }

    /// Sets how all models descend; plainly, unless this says otherwise.
    func setSGD(_ sgd: SGD) throws {
        try stack.setSGD(Array(repeating: sgd, count: stack.models))
    }

    /// One step of training.
    func train() throws { try stack.trainStep(on: firstBatch, scores: scores, step: 0) }

    /// One step of evaluation.
    func evaluate() throws { try stack.evaluateStep(on: firstBatch, scores: scores, step: 0) }

    private var firstBatch: StackBatch<B> {
        StackBatch(
            dataset: data.dataset, order: order, start: 0, counts: SampleCounts(batchSize, models: stack.models))
    }

    /// A pass of ``steps`` steps, as training takes them.
    func run(_ pass: StackPass) throws {
        try stack.run(pass, on: data.dataset, order: order, scores: scores)
    }

    /// Repeats a pass for about `seconds` after a warm-up.
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

/// A training step on a backend that only the run knows, to be repeated as often as one likes.
func trainingStep(
    stack: Int, batchSize: Int, images: LabelledImages, on backend: some Backend
) throws -> () throws -> Void {
    let bench = try StepBench(stack: stack, batchSize: batchSize, images: images, on: backend)
    return { try bench.train() }
}
