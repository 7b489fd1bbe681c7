import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("The configuration reference")
struct ReferenceTests {
    static let lower = 0.001
    static let upper = 0.9

    static func optimizer(
        initial: Double? = 0.01, seed: UInt32 = 10, lengthScale: Double? = nil, noiseLevel: Double? = nil
    ) throws -> BayesianOptimizer {
        try BayesianOptimizer(
            space: GoldenCase.space, seed: seed,
            configuration: .reference {
                $0.initialPoint = initial.map { ["x": .real($0)] }
                $0.fixedLengthScale = lengthScale
                $0.fixedNoiseLevel = noiseLevel
            })
    }

    static func trial(_ x: Double, _ loss: Double) -> Trial {
        Trial(["x": .real(x)], .complete(loss: loss, variance: nil))
    }

    /// A loss over learning rates of the usual shape, with its minimum 0.3171 near 0.0919.
    static func loss(_ x: Double) -> Double {
        0.3 + 0.25 * exp(-x / 0.02) + 0.4 * x * x + 0.1 * x
    }

    /// The suggestions of a search of some evaluations.
    static func study(_ optimizer: inout BayesianOptimizer, evaluations: Int) throws -> [Double] {
        try (0..<evaluations).map { _ in
            let x = try optimizer.ask()[0].x
            try optimizer.tell([trial(x, loss(x))])
            return x
        }
    }

    @Test("The first point is the initial one, and has no surrogate")
    func initial() throws {
        var optimizer = try Self.optimizer(initial: 0.01)
        #expect(try optimizer.surrogate() == nil && optimizer.recommendation() == nil && optimizer.best == nil)
        let suggestion = try optimizer.ask()[0]
        #expect(suggestion.x == 0.01 && suggestion.acquisition == nil)
    }

    @Test("Without an initial point the first one is drawn from the first suggestion's stream")
    func drawnInitial() throws {
        var stream = RandomState(key: [10, 2, 0])
        var optimizer = try Self.optimizer(initial: nil)
        #expect(try optimizer.ask()[0].x == stream.uniform(Self.lower, Self.upper))
    }

    @Test("Ten evaluations come close to the minimum", arguments: [UInt32(0), 1, 2, 10])
    func regret(seed: UInt32) throws {
        var optimizer = try Self.optimizer(seed: seed)
        _ = try Self.study(&optimizer, evaluations: 10)
        let minimum = stride(from: Self.lower, to: Self.upper, by: 1e-4).map(Self.loss).min() ?? 0
        let best = try #require(optimizer.best)
        #expect(Self.loss(try #require(best.parameters["x"]?.number)) < minimum + 0.01)

        // The answer is the best trial, and there is no reason to stop.
        let recommendation = try #require(try optimizer.recommendation())
        #expect(recommendation.parameters == best.parameters)
        #expect(abs(recommendation.mean - minimum) < 0.05 && recommendation.standardDeviation > 0)
        #expect(try optimizer.stopReason() == nil)
    }

    @Test("The same seed and trials give the same points, also after an interruption")
    func determinism() throws {
        var first = try Self.optimizer()
        let points = try Self.study(&first, evaluations: 6)
        var second = try Self.optimizer()
        #expect(try Self.study(&second, evaluations: 6) == points)

        var resumed = try Self.optimizer()
        for trial in first.trials.prefix(4) { try resumed.tell([trial]) }
        #expect(try Self.study(&resumed, evaluations: 2) == Array(points.suffix(2)))
    }

    @Test("Asked again, a copy gives the same answer")
    func repeatedAsk() throws {
        var first = try Self.optimizer()
        _ = try Self.study(&first, evaluations: 3)
        var second = first
        #expect(try first.ask() == second.ask())
    }

    @Test(
        "With a flat acquisition function, the first random starting point is suggested", arguments: [UInt32(0), 1, 2])
    func flat(seed: UInt32) throws {
        // Such a long length scale makes all predictions equal.
        var optimizer = try Self.optimizer(initial: nil, seed: seed, lengthScale: 1e9, noiseLevel: 1)
        try optimizer.tell([0.1, 0.2, 0.7].map { Self.trial($0, $0) })
        var stream = RandomState(key: [seed, 2, 3])
        let suggestion = try optimizer.ask()[0]
        #expect(suggestion.x == stream.uniform(Self.lower, Self.upper))
        #expect(try #require(suggestion.acquisition) > 0)
    }

    @Test("Extreme length scales still give a point", arguments: [.leastNonzeroMagnitude, 1e-300, 1e-5, 1e5, 1e308])
    func extremeLengthScale(lengthScale: Double) throws {
        var optimizer = try Self.optimizer(initial: nil, seed: 1, lengthScale: lengthScale)
        try optimizer.tell([0.1, 0.2, 0.2, 0.7].map { Self.trial($0, Self.loss($0)) })
        let surrogate = try #require(try optimizer.surrogate())
        #expect((Self.lower...Self.upper).contains(try optimizer.ask()[0].x))
        #expect(surrogate.lengthScales == [lengthScale] && surrogate.logMarginalLikelihood.isFinite)
        let predictions = try surrogate.predict(ReferenceSurrogateTests.points([0.1, 0.5]))
        #expect(predictions.allSatisfy { $0.mean.isFinite && $0.standardDeviation > 0 })
    }

    @Test("Trials may lie outside of the search space; suggestions do not")
    func trialsOutside() throws {
        var optimizer = try Self.optimizer()
        for x in [-1.0, 0.5, 2] { try optimizer.tell([Self.trial(x, x)]) }
        #expect(try optimizer.ask(2).allSatisfy { (Self.lower...Self.upper).contains($0.x) })
        #expect(optimizer.best == Self.trial(-1, -1))
        #expect(try optimizer.recommendation()?.parameters == ["x": .real(-1)])
    }

    @Test("The best trial is the first of the lowest loss")
    func best() throws {
        var optimizer = try Self.optimizer()
        for (x, loss) in [(0.1, 3.0), (0.2, 1), (0.3, 2), (0.4, 1)] { try optimizer.tell([Self.trial(x, loss)]) }
        #expect(optimizer.best == Self.trial(0.2, 1))
    }

    @Test("A hundred trials, some of them at one point")
    func manyTrials() throws {
        var optimizer = try Self.optimizer()
        var stream = RandomState(seed: 1)
        try optimizer.tell(
            (0..<100).map { index in
                let x = index.isMultiple(of: 10) ? 0.5 : stream.uniform(Self.lower, Self.upper)
                return Self.trial(x, Self.loss(x) + stream.uniform(-0.01, 0.01))
            })
        #expect((0.02...0.2).contains(try optimizer.ask()[0].x))
    }

    @Test("Refused trials change nothing", arguments: [Double.nan, .infinity, -.infinity])
    func refusedTrials(number: Double) throws {
        var optimizer = try Self.optimizer()
        #expect(throws: OptimizerError.self) { try optimizer.tell([Self.trial(number, 1)]) }
        let error = #expect(throws: OptimizerError.self) { try optimizer.tell([Self.trial(0.1, number)]) }
        #expect(try #require(error).description.contains("loss is \(number)"))
        #expect(optimizer.trials.isEmpty)
    }

    @Test("Invalid initial points are refused", arguments: [1, 0, Double.nan, .infinity])
    func invalidInitialPoint(x: Double) {
        #expect(throws: OptimizerError.self) { try Self.optimizer(initial: x) }
    }

    @Test("Losses too large to be squared have an answer")
    func overflow() throws {
        var optimizer = try Self.optimizer()
        try optimizer.tell([Self.trial(0.1, 1e149), Self.trial(0.2, -1e200)])
        #expect(try optimizer.ask().count == 1)
        let recommendation = try #require(try optimizer.recommendation())
        #expect(recommendation.parameters == ["x": .real(0.2)] && recommendation.mean.isFinite)
    }

    @Test("Points of a batch differ, and asking one by one gives the same ones")
    func batches() throws {
        var optimizer = try Self.optimizer()
        _ = try Self.study(&optimizer, evaluations: 5)
        var single = optimizer
        let batch = try optimizer.ask(4).map(\.x)
        #expect(try batch == (0..<4).map { _ in try single.ask()[0].x })
        #expect(Set(batch).count == 4 && (batch.max() ?? 0) - (batch.min() ?? 0) > 0.05)
    }

    @Test("Known variances are not used, and failed trials keep the search away")
    func statesOfTrials() throws {
        let xs = [0.1, 0.3, 0.5, 0.8]
        var plain = try Self.optimizer()
        try plain.tell(xs.map { Self.trial($0, Self.loss($0)) })
        var known = try Self.optimizer()
        try known.tell(xs.map { Trial(["x": .real($0)], .complete(loss: Self.loss($0), variance: 0)) })
        #expect(try known.surrogate()?.isNoiseFree == false)
        var failed = plain
        #expect(try plain.ask() == known.ask())

        let points = ReferenceSurrogateTests.points([0.2])
        let without = try #require(try failed.surrogate()).predict(points)[0].mean
        try failed.tell([Trial(points[0], .failed)])
        #expect(try #require(try failed.surrogate()).predict(points)[0].mean > without)
    }

    @Test("Several parameters of all kinds", arguments: [UInt32(0), 1])
    func severalParameters(seed: UInt32) throws {
        let space = try ParameterSpace([
            Parameter("x", .real(lower: -5, upper: 10, scale: .linear)),
            Parameter("rate", .real(lower: 1e-4, upper: 1, scale: .log)),
            Parameter("depth", .integer(lower: 1, upper: 5, scale: .linear)),
            Parameter("size", .ordinal(values: [16, 32, 64])),
            Parameter("kind", .categorical(choices: ["a", "b"])),
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: seed, configuration: .reference)
        func loss(_ point: [String: ParameterValue]) throws -> Double {
            let (x, rate) = try (#require(point["x"]?.number), log10(#require(point["rate"]?.number)))
            let (depth, size) = try (#require(point["depth"]?.number), #require(point["size"]?.number))
            return 0.02 * (x - 3) * (x - 3) + 0.3 * (rate + 2) * (rate + 2) + 0.1 * abs(depth - 4)
                + (size == 32 ? 0 : 0.2) + (point["kind"] == .choice("b") ? 0 : 0.3)
        }
        for _ in 0..<15 {
            let batch = try optimizer.ask(2)
            try batch.forEach { try space.check($0.parameters) }
            try optimizer.tell(
                batch.map { Trial($0.parameters, .complete(loss: try loss($0.parameters), variance: nil)) })
        }
        let surrogate = try #require(try optimizer.surrogate())
        #expect(surrogate.lengthScales.count == 5)
        #expect(try loss(try #require(try optimizer.recommendation()).parameters) < 0.35)
        // A length scale is in the units of its parameter.
        #expect(surrogate.lengthScales[0] > 2)
    }
}
