import Backend
import Foundation
import NeuralNetwork
import ReferenceBackend
import TestSupport
import Testing

/// The real network on real images against PyTorch.
///
/// PyTorch computed everything in fp32 and in fp64. The fp64 results are the reference. The errors of PyTorch's fp32 results
/// show the effect of rounding on each tensor: sums in another order have errors of the same size. The tolerance is
/// ``errorFactor`` times PyTorch's largest error in the tensor (some have eight elements, so the largest error is an
/// uncertain measure), plus a few units in the last place of the tensor's largest value, in case PyTorch is exact.
@Suite("The network against PyTorch", .serialized, .timeLimit(.minutes(5)))
struct NetworkGoldenTests {
    private static let errorFactor = 8.0
    private static let roundings = 16.0

    private let golden: GoldenFile
    private let layout = NetworkPlan.seed.layout
    private let batch: Int

    init() throws {
        golden = try GoldenFile.network()
        batch = try golden.shape("labels")[1]
    }

    /// The initial weights of the same seed are PyTorch's and NumPy's, bit for bit.
    @Test func initialWeights() throws {
        #expect(try golden.state("initial", layout) == StateDictionary(initial: layout, seed: 10))
    }

    @Test(arguments: BackendUnderTest.all)
    func forwardAndBackward(_ backend: BackendUnderTest) throws {
        try forwardAndBackward(on: try backend.make(), name: backend.name)
    }

    private func forwardAndBackward(on backend: some Backend, name: String) throws {
        let stack = try makeStack(models: 1, on: backend)
        let scores = try stack.makeScores(steps: 1)
        let (data, order) = try golden.batches(for: stack, on: backend)
        try stack.runStep(.gradients, on: data, order: order, step: 0, scores: scores)
        try expectClose(try stack.readLogits(), "train_logits", name)
        let gradients = try stack.readGradients()
        for entry in layout.entries where entry.isTrainable {
            try expectClose(
                gradients[entry.offset..<entry.offset + entry.count], "gradient.\(entry.name)", name)
        }
        let state = try #require(try stack.readStates().first)
        for entry in layout.entries where !entry.isTrainable && entry.role != .batchesTracked {
            try expectClose(try #require(state.values(of: entry)), "running.\(entry.name)", name)
        }
        try stack.runStep(
            .evaluation, on: data, order: order, step: 0, scores: try stack.makeScores(steps: 1))
        try expectClose(try stack.readLogits(), "eval_logits", name)
        let loss = try #require(try stack.read(scores).first?.first).lossSum / Float(batch)
        try expectClose([loss], "losses", name, prefix: 1)
    }

    /// Twenty steps of two models: one with PyTorch's learning rate, and one with 0, whose weights do not change.
    @Test(arguments: BackendUnderTest.all)
    func twentySteps(_ backend: BackendUnderTest) throws {
        try twentySteps(on: try backend.make(), name: backend.name)
    }

    private func twentySteps(on backend: some Backend, name: String) throws {
        let steps = try golden.shape("labels")[0]
        let stack = try makeStack(models: 2, on: backend)
        try stack.setStepSettings([0.1, 0].map { StepSettings(learningRate: $0) })
        let scores = try stack.makeScores(steps: steps)
        let (data, order) = try golden.batches(for: stack, on: backend)
        for step in 0..<steps {
            try stack.runStep(.training, on: data, order: order, step: step, scores: scores)
        }
        let losses = try stack.read(scores)[0].prefix(steps).map { $0.lossSum / Float(batch) }
        try expectClose(losses, "losses", name)
        let states = try stack.readStates()
        #expect(states[0].batchesTracked == Int64(steps))
        for entry in layout.entries where entry.role != .batchesTracked {
            try expectClose(try #require(states[0].values(of: entry)), "final.\(entry.name)", name)
        }
        #expect(states[1].parameters == (try golden.state("initial", layout)).parameters)

        try stack.runStep(
            .evaluation, on: data, order: order, step: 0, scores: try stack.makeScores(steps: 1))
        try expectClose(try stack.readLogits().prefix(batch * 10), "final_logits", name)
    }

    /// Twenty steps with momentum and weight decay, in a stack with a model with plain SGD.
    @Test(arguments: BackendUnderTest.all)
    func twentyStepsWithMomentum(_ backend: BackendUnderTest) throws {
        try twentyStepsWithMomentum(on: try backend.make(), name: backend.name)
    }

    private func twentyStepsWithMomentum(on backend: some Backend, name: String) throws {
        let steps = try golden.shape("labels")[0]
        let stack = try makeStack(models: 2, on: backend)
        try stack.setStepSettings([
            StepSettings(learningRate: 0.1), StepSettings(learningRate: 0.003, momentum: 0.9, weightDecay: 0.1),
        ])
        let scores = try stack.makeScores(steps: steps)
        let (data, order) = try golden.batches(for: stack, on: backend)
        for step in 0..<steps {
            try stack.runStep(.training, on: data, order: order, step: step, scores: scores)
        }
        let losses = try stack.read(scores).map { $0.prefix(steps).map { $0.lossSum / Float(batch) } }
        try expectClose(losses[0], "losses", name)
        try expectClose(losses[1], "momentum_losses", name)
        try stack.runStep(
            .evaluation, on: data, order: order, step: 0, scores: try stack.makeScores(steps: 1))
        let logits = try stack.readLogits()
        try expectClose(logits.prefix(batch * 10), "final_logits", name)
        try expectClose(logits.suffix(batch * 10), "momentum_final_logits", name)
    }

    private func makeStack<B: Backend>(models: Int, on backend: B) throws -> NetworkStack<B> {
        let stack = try NetworkStack(.seed, models: models, samples: batch, on: backend)
        let state = try golden.state("initial", layout)
        try stack.load(Array(repeating: state, count: models))
        return stack
    }

    /// Compares with the fp64 tensor of a name, in units of the tolerance from its fp32 tensor.
    private func expectClose(
        _ found: some Collection<Float>, _ name: String, _ backend: String, prefix: Int = .max,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let truth = try golden("\(name).f64").prefix(prefix)
        let single = try golden("\(name).f32").prefix(prefix)
        #expect(found.count == truth.count, sourceLocation: sourceLocation)
        let noise = zip(single, truth).map { abs($0 - $1) }.max() ?? 0
        let scale = truth.map(abs).max() ?? 0
        let tolerance = Self.errorFactor * noise + Self.roundings * 0x1p-24 * scale
        let errors = zip(found, truth).map { abs(Double($0) - $1) }
        // `max()` would ignore NaN.
        let worst = errors.reduce(0) { $1 <= $0 ? $0 : $1 }
        #expect(
            worst <= tolerance,
            "\(name) on \(backend): off by \(worst), \(worst / tolerance) times the tolerance; PyTorch's fp32 by \(noise)",
            sourceLocation: sourceLocation)
    }
}
