import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("The optimiser")
struct BayesianOptimizerTests {
    static let lower = 0.001
    static let upper = 0.9

    static func optimizer(initial: Double? = 0.01, seed: UInt32 = 10) throws -> BayesianOptimizer {
        try BayesianOptimizer(
            space: SearchSpace(lower: lower, upper: upper), initial: initial, seed: seed)
    }

    /// A loss over learning rates of the usual shape, with its minimum 0.3171 near 0.0919.
    static func loss(_ x: Double) -> Double {
        0.3 + 0.25 * exp(-x / 0.02) + 0.4 * x * x + 0.1 * x
    }

    /// What is asked for in a study of some evaluations.
    static func study(_ optimizer: inout BayesianOptimizer, evaluations: Int) throws -> [Double] {
        try (0..<evaluations).map { _ in
            let x = try optimizer.ask().x
            try optimizer.tell(Observation(x: x, loss: loss(x)))
            return x
        }
    }

    @Test("The example of the documentation")
    func example() throws {
        var optimizer = try BayesianOptimizer(
            space: SearchSpace(lower: 0, upper: 4), initial: 0.5, seed: 10)
        for _ in 0..<10 {
            let x = try optimizer.ask().x
            try optimizer.tell(Observation(x: x, loss: (x - 2.5) * (x - 2.5)))
        }
        let best = try #require(optimizer.best)
        #expect(abs(best.x - 2.5) < 0.1)
    }

    @Test("The first point is the initial one, and has no surrogate")
    func initial() throws {
        let proposal = try Self.optimizer(initial: 0.01).ask()
        #expect(proposal.x == 0.01)
        #expect(proposal.acquisition == nil && proposal.surrogate == nil)
    }

    @Test("Without an initial point the first one is drawn from the first suggestion's stream")
    func drawnInitial() throws {
        var stream = RandomState(key: [10, 2, 0])
        #expect(try Self.optimizer(initial: nil).ask().x == stream.uniform(Self.lower, Self.upper))
    }

    @Test("Ten evaluations come close to the minimum", arguments: [UInt32(0), 1, 2, 10])
    func regret(seed: UInt32) throws {
        var optimizer = try Self.optimizer(seed: seed)
        _ = try Self.study(&optimizer, evaluations: 10)
        let minimum = stride(from: Self.lower, to: Self.upper, by: 1e-4).map(Self.loss).min() ?? 0
        #expect(try #require(optimizer.best).loss < minimum + 0.01)
    }

    @Test("The same seed and observations give the same points, also after an interruption")
    func determinism() throws {
        var first = try Self.optimizer()
        let points = try Self.study(&first, evaluations: 6)
        var second = try Self.optimizer()
        #expect(try Self.study(&second, evaluations: 6) == points)

        var resumed = try Self.optimizer()
        for observation in first.observations.prefix(4) { try resumed.tell(observation) }
        #expect(try Self.study(&resumed, evaluations: 2) == Array(points.suffix(2)))
    }

    @Test("Asking again gives the same answer")
    func repeatedAsk() throws {
        var optimizer = try Self.optimizer()
        _ = try Self.study(&optimizer, evaluations: 3)
        let first = try optimizer.ask()
        let second = try optimizer.ask()
        #expect(first.x == second.x && first.acquisition == second.acquisition)
    }

    @Test(
        "With no preference, the first random starting point of the suggestion is taken", arguments: [UInt32(0), 1, 2])
    func flat(seed: UInt32) throws {
        // So long a length scale makes all points alike.
        var optimizer = try BayesianOptimizer(
            space: SearchSpace(lower: Self.lower, upper: Self.upper), initial: nil, seed: seed,
            fixedLengthScale: 1e9, fixedNoiseLevel: 1)
        for x in [0.1, 0.2, 0.7] { try optimizer.tell(Observation(x: x, loss: x)) }
        var stream = RandomState(key: [seed, 2, 3])
        let proposal = try optimizer.ask()
        #expect(proposal.x == stream.uniform(Self.lower, Self.upper))
        #expect(try #require(proposal.acquisition) > 0)
    }

    @Test("Extreme length scales still give a point", arguments: [.leastNonzeroMagnitude, 1e-300, 1e-5, 1e5, 1e308])
    func extremeLengthScale(lengthScale: Double) throws {
        var optimizer = try BayesianOptimizer(
            space: SearchSpace(lower: Self.lower, upper: Self.upper), initial: nil, seed: 1,
            fixedLengthScale: lengthScale)
        for x in [0.1, 0.2, 0.2, 0.7] { try optimizer.tell(Observation(x: x, loss: Self.loss(x))) }
        let proposal = try optimizer.ask()
        let surrogate = try #require(proposal.surrogate)
        #expect((Self.lower...Self.upper).contains(proposal.x))
        #expect(surrogate.lengthScale == lengthScale && surrogate.logMarginalLikelihood.isFinite)
        #expect(try surrogate.predict([0.1, 0.5]).allSatisfy { $0.mean.isFinite && $0.standardDeviation > 0 })
    }

    @Test("Observations may lie outside of the search space; no proposal does")
    func observationsOutside() throws {
        var optimizer = try Self.optimizer()
        for x in [-1.0, 0.5, 2] { try optimizer.tell(Observation(x: x, loss: x)) }
        #expect((Self.lower...Self.upper).contains(try optimizer.ask().x))
        #expect(optimizer.best?.x == -1)
    }

    @Test("The best observation is the first of the lowest loss")
    func best() throws {
        var optimizer = try Self.optimizer()
        #expect(optimizer.best == nil)
        for (x, loss) in [(0.1, 3.0), (0.2, 1), (0.3, 2), (0.4, 1)] {
            try optimizer.tell(Observation(x: x, loss: loss))
        }
        #expect(optimizer.best == Observation(x: 0.2, loss: 1))
    }

    @Test("A hundred observations, some of them at one point")
    func manyObservations() throws {
        var optimizer = try Self.optimizer()
        var stream = RandomState(seed: 1)
        for index in 0..<100 {
            let x = index.isMultiple(of: 10) ? 0.5 : stream.uniform(Self.lower, Self.upper)
            try optimizer.tell(Observation(x: x, loss: Self.loss(x) + stream.uniform(-0.01, 0.01)))
        }
        let proposal = try optimizer.ask()
        #expect((0.02...0.2).contains(proposal.x))
    }

    @Test("Observations that are refused change nothing", arguments: [Double.nan, .infinity, -.infinity])
    func refusedObservations(number: Double) throws {
        var optimizer = try Self.optimizer()
        #expect(throws: OptimizerError.self) { try optimizer.tell(Observation(x: number, loss: 1)) }
        let error = #expect(throws: OptimizerError.self) { try optimizer.tell(Observation(x: 0.1, loss: number)) }
        #expect(try #require(error).description.contains("loss at 0.1 is \(number)"))
        #expect(optimizer.observations.isEmpty)
    }

    /// Bounds that are no search space.
    static let invalidBounds: [(Double, Double)] = [
        (1, 1), (2, 1), (.nan, 1), (0, .nan), (-.infinity, 0), (0, .infinity), (-1e308, 1e308),
    ]

    @Test("Bounds that are no search space", arguments: invalidBounds)
    func invalidSpace(lower: Double, upper: Double) {
        #expect(throws: OptimizerError.self) { try SearchSpace(lower: lower, upper: upper) }
    }

    @Test("Settings that are refused")
    func invalidSettings() throws {
        let space = try SearchSpace(lower: Self.lower, upper: Self.upper)
        #expect(throws: OptimizerError.initialOutsideSpace(x: 1, space: space)) { try Self.optimizer(initial: 1) }
        #expect(throws: OptimizerError.self) { try Self.optimizer(initial: .nan) }
        for value in [0, -1, Double.nan, .infinity] {
            #expect(throws: OptimizerError.self) {
                try BayesianOptimizer(space: space, initial: nil, seed: 0, fixedLengthScale: value)
            }
        }
        for value in [-1, Double.nan, .infinity] {
            #expect(throws: OptimizerError.self) {
                try BayesianOptimizer(space: space, initial: nil, seed: 0, fixedNoiseLevel: value)
            }
        }
    }

    @Test("Losses too large to be squared are an error, not a crash")
    func overflow() throws {
        var optimizer = try Self.optimizer()
        try optimizer.tell(Observation(x: 0.1, loss: 1e200))
        try optimizer.tell(Observation(x: 0.2, loss: -1e200))
        #expect(throws: OptimizerError.self) { try optimizer.ask() }
    }
}
