import Backend
import NeuralNetwork
import OpenCLBackend

/// A few steps of a small network with a pooling, a downsampling block, and different numbers of samples per model.
struct TrainingRun {
    private let stack: NetworkStack<OpenCLBackend>
    private let dataset: OpenCLBackend.Dataset
    private let order: StackOrder<OpenCLBackend>
    private let scores: StackScores<OpenCLBackend>

    static let steps = 5

    init(models: Int = 2, on backend: OpenCLBackend) throws {
        let image = Extent(20)
        let plan = try NetworkPlan(
            .seed(for: SampleShape(channels: 1, image: image), classes: 10, blocks: [16]))
        stack = try NetworkStack(plan, models: models, samples: 40, on: backend)
        try stack.load(
            Array(repeating: StateDictionary(initial: stack.layout, seed: 1), count: models))
        try stack.setStepSettings((0..<models).map { StepSettings(learningRate: 0.1 / Double(1 + 9 * $0)) })
        let count = 400
        dataset = try backend.makeDataset(
            ImageBytes(
                pixels: (0..<count * 400).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) },
                labels: (0..<count).map { UInt8($0 % 10) }, channels: 1, image: image))
        order = try stack.makeOrder(
            (0..<models).map { model in
                // Some of the models have smaller or no batches in the last steps.
                let indices = 0..<Int32(model == 0 ? 40 * Self.steps : 40 * Self.steps - 7 - 40 * (model % 3))
                return model % 2 == 0 ? Array(indices) : indices.reversed()
            }, datasetSize: count)
        scores = try stack.makeScores(steps: Self.steps)
    }

    /// One of the steps.
    func step(_ index: Int) throws {
        try stack.runStep(.training, on: dataset, order: order, step: index % Self.steps, scores: scores)
    }

    /// One of the steps, with scores that have no place for it.
    func stepOutsideScores() throws {
        try stack.runStep(.training, on: dataset, order: order, step: 1, scores: try stack.makeScores(steps: 1))
    }

    /// Sets new weights and settings, and all velocities to zero.
    func restart(momentum: Double, seed: UInt32) throws {
        try stack.load(Array(repeating: StateDictionary(initial: stack.layout, seed: seed), count: stack.models))
        try stack.setStepSettings(
            (0..<stack.models).map { StepSettings(learningRate: 0.1, momentum: $0 == 0 ? momentum : 0) })
    }

    /// The bits of the losses of an epoch of training and of one of evaluation, each with an order and scores of its own, and of
    /// the state.
    ///
    /// - Parameters:
    ///   - shift: the order begins with this sample.
    ///   - perform: calls its argument, a step.
    func epochBits(shift: Int32, perform: (() throws -> Void) throws -> Void) throws -> [[UInt32]] {
        var bits: [[UInt32]] = []
        for pass in [StackPass.training, .evaluation] {
            // The last step is smaller, and differs between the models.
            let orders = (0..<stack.models).map { model -> [Int32] in
                let indices = Array(0..<Int32(200 - 7 * (model + 1)))
                return indices.map { ($0 * 3 + shift) % 400 }
            }
            let order = try stack.makeOrder(orders, datasetSize: 400)
            let scores = try stack.makeScores(steps: Self.steps)
            for step in 0..<Self.steps {
                try perform { try stack.runStep(pass, on: dataset, order: order, step: step, scores: scores) }
            }
            bits += try stack.read(scores).map { $0.map(\.lossSum.bitPattern) }
        }
        return try bits + stateBits()
    }

    /// The bits of the weights and running statistics after all steps.
    func bits() throws -> [[UInt32]] {
        for index in 0..<Self.steps { try step(index) }
        return try stateBits()
    }

    /// The same bits after a pass, which is distributed to the teams of the backend.
    func passBits() throws -> [[UInt32]] {
        try stack.run(
            .training, on: dataset, order: order,
            scores: try stack.makeScores(steps: stack.steps(of: order, in: .training)))
        return try stateBits()
    }

    private func stateBits() throws -> [[UInt32]] {
        try stack.readStates().map { ($0.parameters + $0.statistics).map(\.bitPattern) }
    }
}
