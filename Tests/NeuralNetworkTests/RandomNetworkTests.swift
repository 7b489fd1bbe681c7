import Backend
import Foundation
import NeuralNetwork
import ParityCases
import ReferenceBackend
import TestSupport
import Testing

/// Networks of random layers on every backend against the scalar reference in Double.
///
/// The networks of the program and of the golden files are orderly. These have layers in odd orders: a norm or a pooling first,
/// blocks that end with a ReLU or have a single layer, images of one pixel, linear layers behind each other. They find a value that
/// is overwritten while it is needed, and an operation that is executed wrongly in a combination that only a network makes.
@Suite("Random networks", .serialized, .timeLimit(.minutes(5)))
struct RandomNetworkTests {
    /// A network of random layers, and the numbers of samples of its models.
    struct Network: Sendable, CustomTestStringConvertible {
        let seed: Int
        let description: NetworkDescription
        let counts: [Int]

        var testDescription: String { "\(description.name), \(counts) samples" }

        init(seed: Int) {
            self.seed = seed
            var layers = RandomLayers(seed: seed)
            description = layers.network("random \(seed)")
            counts = layers.counts()
        }

        static let all = (0..<60).map(Network.init)
    }

    /// The bound of the errors, in departures of a run whose every number is rounded once to fp32, and in units of the largest number.
    ///
    /// The departure has the condition of the network in it, such as that of a norm of few values. The units are for the terms
    /// of sums, which a backend rounds too. In 60 networks the largest error was 3/8 of the bound.
    private static let (departures, units) = (16.0, 128.0)

    @Test(arguments: BackendUnderTest.all, Network.all)
    func stepMatchesTheReference(_ backend: BackendUnderTest, _ network: Network) throws {
        try skip(backend, network)
        let run = try NetworkRun(network)
        let exact = try run(on: ReferenceBackend(.double))
        let rounded = try run(on: ReferenceBackend(.single))
        let found = try backend.use { try run(on: $0) }
        for (kind, truth) in exact {
            let (rounded, found) = (rounded[kind] ?? [:], found[kind] ?? [:])
            let scale = truth.values.joined().reduce(0) { max($0, abs($1)) }
            let departure = truth.reduce(0) { max($0, distance($1.value, rounded[$1.key])) }
            let tolerance = Self.departures * departure + Self.units * 0x1p-24 * scale
            for (name, values) in truth {
                let error = distance(values, found[name])
                #expect(
                    error <= tolerance, "\(kind) \(name): off by \(error), \(error / tolerance) times the tolerance")
            }
        }
    }

    /// A stack whose memory has NaN of an earlier step gives the bits of fresh stacks of one model.
    @Test(arguments: BackendUnderTest.all, Network.all)
    func nothingIsLeftOfEarlierSteps(_ backend: BackendUnderTest, _ network: Network) throws {
        try skip(backend, network)
        let run = try NetworkRun(network)
        let stack = try backend.use { try run(on: $0) }
        for (model, count) in network.counts.enumerated() where count > 0 {
            let alone = try backend.use { try run(on: $0, only: model) }
            for (kind, values) in alone {
                for (name, values) in values {
                    let all = stack[kind]?[name] ?? []
                    // Logits are those of the samples; the rest has the same size in each model.
                    let first =
                        kind == .logits
                        ? network.counts[..<model].reduce(0, +) * network.description.classes : model * values.count
                    #expect(
                        Array(all.dropFirst(first).prefix(values.count)) == values, "\(kind) \(name), model \(model)")
                }
            }
        }
    }

    /// The kernels of a network take seconds to build, so devices run a few of the networks.
    private func skip(_ backend: BackendUnderTest, _ network: Network) throws {
        let isKernels = backend.name.hasPrefix("opencl")
        if backend.isSlow || (isKernels && network.seed >= 12) {
            try Test.cancel("\(backend.name) is too slow for this network")
        }
    }

    /// The largest difference; NaN and a missing number are infinitely far away.
    private func distance(_ values: [Double], _ others: [Double]?) -> Double {
        guard let others, others.count == values.count else { return .infinity }
        return zip(values, others).reduce(0) { largest, pair in
            let difference = abs(pair.0 - pair.1)
            return difference.isNaN ? .infinity : max(largest, difference)
        }
    }
}

/// A step of a stack of random networks.
struct NetworkRun {
    private let plan: NetworkPlan
    private let counts: [Int]
    private let images: ImageBytes
    private let states: [StateDictionary]
    private static let capacity = 20

    init(_ network: RandomNetworkTests.Network) throws {
        plan = try NetworkPlan(network.description)
        counts = network.counts
        var generator = SplitMix64(seed: 1)
        let input = network.description.input
        images = ImageBytes(
            pixels: (0..<Self.capacity * input.count).map { _ in .random(in: 0...255, using: &generator) },
            labels: (0..<Self.capacity).map { _ in
                .random(in: 0..<UInt8(network.description.classes), using: &generator)
            },
            channels: input.channels, image: input.image)
        var states: [StateDictionary] = []
        for model in counts.indices {
            var state = StateDictionary(initial: plan.layout, seed: UInt32(model))
            // Scales of both signs, and shifts that are not zero.
            for entry in plan.layout.entries {
                for index in entry.offset..<entry.offset + entry.count {
                    switch entry.role {
                    case .normWeight, .normBias: state.parameters[index] = .random(in: -1...1, using: &generator)
                    case .runningMean: state.statistics[index] = .random(in: -1...1, using: &generator)
                    case .runningVariance: state.statistics[index] = .random(in: 0.5...2, using: &generator)
                    case .weight, .batchesTracked: break
                    }
                }
            }
            states.append(state)
        }
        self.states = states
    }

    /// What the numbers of a result are; those of one kind have one scale.
    enum Kind { case gradient, statistic, logits, loss }

    /// The gradients, logits, losses and statistics of a step, and the logits of an evaluation after it.
    ///
    /// - Parameter model: the only model of the stack, which is fresh then; nil for all models, in memory that has NaN.
    func callAsFunction(on backend: some Backend, only model: Int? = nil) throws -> [Kind: [String: [Double]]] {
        let models = model.map { [$0] } ?? Array(counts.indices)
        let stack = try NetworkStack(plan, models: models.count, samples: Self.capacity, on: backend)
        let data = try backend.makeDataset(images)
        let scores = try stack.makeScores(steps: 1)
        try stack.setStepSettings(models.map { _ in StepSettings(learningRate: 0.1) })
        if model == nil {
            let poison = StateDictionary(
                parameters: Array(repeating: .nan, count: plan.layout.parameterCount),
                statistics: Array(repeating: .nan, count: plan.layout.statisticCount))
            try stack.load(models.map { _ in poison })
            let full = try stack.makeOrder(
                models.map { _ in Array(0..<Int32(Self.capacity)) }, datasetSize: Self.capacity)
            try stack.runStep(.training, on: data, order: full, step: 0, scores: scores)
        }
        try stack.load(models.map { states[$0] })
        let order = try stack.makeOrder(models.map { Array(0..<Int32(counts[$0])) }, datasetSize: Self.capacity)
        try stack.runStep(.gradients, on: data, order: order, step: 0, scores: scores)
        var result: [Kind: [String: [Double]]] = [:]
        result[.loss] = ["loss": try stack.read(scores).map { Double($0[0].lossSum) }]
        result[.logits] = ["training": try logits(of: stack, models)]
        let (gradients, read) = (try stack.readGradients(), try stack.readStates())
        for entry in plan.layout.entries where entry.role != .batchesTracked {
            result[entry.isTrainable ? .gradient : .statistic, default: [:]][entry.name] = models.indices.flatMap {
                model in
                entry.isTrainable
                    ? (entry.offset..<entry.offset + entry.count).map {
                        Double(gradients[model * plan.layout.parameterCount + $0])
                    } : (read[model].values(of: entry) ?? []).map(Double.init)
            }
        }
        try stack.runStep(.evaluation, on: data, order: order, step: 0, scores: scores)
        result[.logits]?["evaluation"] = try logits(of: stack, models)
        return result
    }

    /// The logits of the samples.
    private func logits<B: Backend>(of stack: NetworkStack<B>, _ models: [Int]) throws -> [Double] {
        let (logits, classes) = (try stack.readLogits(), plan.description.classes)
        return models.enumerated().flatMap { index, model in
            logits[index * Self.capacity * classes..<(index * Self.capacity + counts[model]) * classes].map(Double.init)
        }
    }
}
