import Backend
import NeuralNetwork
import OpenCLBackend
import Testing

/// In the configuration for GPUs an evaluation goes in larger steps than the training.
@Suite(
    "Evaluation steps", .enabled(if: isWorthRunning, "there is no OpenCL device"), .serialized, .timeLimit(.minutes(10))
)
struct EvaluationStepTests {
    private static let batch = 8
    private static let count = 600

    /// A stack that has trained a step, and what it needs to evaluate.
    private struct Trained {
        let stack: NetworkStack<OpenCLBackend>
        let dataset: OpenCLBackend.Dataset

        init(models: Range<Int>, evaluating: Int, on backend: OpenCLBackend) throws {
            let stack = try NetworkStack(
                NetworkPlan(.tiny), models: models.count, samples: batch, evaluating: evaluating, on: backend)
            try stack.load(models.map { StateDictionary(initial: stack.layout, seed: UInt32($0)) })
            try stack.setStepSettings(models.map { _ in StepSettings(learningRate: 0.1) })
            self.stack = stack
            let input = NetworkDescription.tiny.input
            dataset = try backend.makeDataset(
                ImageBytes(
                    pixels: (0..<count * input.count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) },
                    labels: (0..<count).map { UInt8($0 % NetworkDescription.tiny.classes) }, channels: input.channels,
                    image: input.image))
            let order = try stack.makeOrder(
                models.map { _ in Array(0..<Int32(batch)) }, datasetSize: count)
            try stack.runStep(.training, on: dataset, order: order, step: 0, scores: try stack.makeScores(steps: 1))
        }

        /// The scores of models that evaluate different numbers of samples.
        func scores(models: Range<Int>) throws -> [(loss: Double, correct: Int)] {
            let order = try stack.makeOrder(models.map { Array(0..<Int32(count - 37 * $0)) }, datasetSize: count)
            let scores = try stack.makeScores(steps: stack.steps(of: order, in: .evaluation))
            try stack.run(.evaluation, on: dataset, order: order, scores: scores)
            return try stack.read(scores).map { steps in
                (steps.reduce(0) { $0 + Double($1.lossSum) }, steps.reduce(0) { $0 + $1.correct })
            }
        }
    }

    @Test func largeStepsHaveTheLossesOfSmallOnes() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first), configuration: .gpu)
        let large = try Trained(models: 0..<3, evaluating: Self.count, on: backend)
        let small = try Trained(models: 0..<3, evaluating: 0, on: backend)
        #expect(large.stack.evaluationSamples == 512)
        #expect(small.stack.evaluationSamples == Self.batch)
        // Twice: the second time the launches of the steps are repeated.
        for _ in 0..<3 {
            for (found, expected) in zip(try large.scores(models: 0..<3), try small.scores(models: 0..<3)) {
                #expect(found.correct == expected.correct)
                #expect(abs(found.loss - expected.loss) <= 1e-5 * abs(expected.loss))
            }
        }
        // A model evaluates as it does alone.
        let alone = try Trained(models: 2..<3, evaluating: Self.count, on: backend)
        #expect(try alone.scores(models: 2..<3)[0] == large.scores(models: 0..<3)[2])
        // And it trains on as before.
        #expect(try large.stack.readStates() == small.stack.readStates())
    }

    /// On a CPU device the bits of a loss do not change: steps are those of training.
    @Test func stepsForProcessorsStay() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first), configuration: .cpu(vectorWidth: 8))
        #expect(backend.preferredEvaluationSamples(samples: 64) == 64)
    }
}
