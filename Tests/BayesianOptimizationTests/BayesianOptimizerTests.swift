import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("Ask and tell")
struct BayesianOptimizerTests {
    static func plane() throws -> ParameterSpace {
        try ParameterSpace([
            Parameter("x", .real(lower: -5, upper: 10, scale: .linear)),
            Parameter("y", .real(lower: 0, upper: 15, scale: .linear)),
        ])
    }

    /// The number of a point's value with a name.
    static func number(_ point: [String: ParameterValue], _ name: String) throws -> Double {
        switch try #require(point[name]) {
        case .real(let value): return value
        case .integer(let value): return Double(value)
        case .choice: throw CocoaError(.coderInvalidValue)
        }
    }

    /// Branin's function, whose minimum is 0.3979.
    static func branin(_ point: [String: ParameterValue]) throws -> Double {
        let (x, y) = (try number(point, "x"), try number(point, "y"))
        let q = y - 5.1 / (4 * .pi * .pi) * x * x + 5 / .pi * x - 6
        return q * q + 10 * (1 - 1 / (8 * .pi)) * cos(x) + 10
    }

    /// Asks one point at a time and tells the losses.
    @discardableResult
    static func run(
        _ optimizer: inout BayesianOptimizer, evaluations: Int, loss: ([String: ParameterValue]) throws -> Double
    ) throws -> [[String: ParameterValue]] {
        try (0..<evaluations).map { _ in
            let point = try optimizer.ask()[0].parameters
            try optimizer.tell([Trial(point, .complete(loss: loss(point), variance: nil))])
            return point
        }
    }

    @Test("Thirty evaluations find a minimum of Branin's function", arguments: [UInt32(0), 1, 2])
    func branin(seed: UInt32) throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: seed)
        try Self.run(&optimizer, evaluations: 30, loss: Self.branin)
        let recommendation = try #require(try optimizer.recommendation())
        #expect(try Self.branin(recommendation.parameters) < 0.3979 + 0.05)
        #expect(try abs(recommendation.mean - Self.branin(recommendation.parameters)) < 0.1)
        #expect(try #require(try optimizer.surrogate()).isNoiseFree)
    }

    @Test("Every acquisition function improves on the initial design", arguments: Acquisition.allCases)
    func acquisitions(acquisition: Acquisition) throws {
        var optimizer = try BayesianOptimizer(
            space: Self.plane(), seed: 3, configuration: .robust { $0.acquisition = acquisition })
        let losses = try Self.run(&optimizer, evaluations: 30, loss: Self.branin).map(Self.branin)
        let first = losses.prefix(5).min() ?? 0
        let answer = try Self.branin(try #require(try optimizer.recommendation()).parameters)
        // The probability of improvement is known to exploit only; the others find a minimum.
        #expect(answer < (acquisition == .probabilityOfImprovement ? first : 0.3979 + 0.5))
    }

    @Test("With noise, the answer is better than the trial of the lowest loss")
    func noise() throws {
        var stream = RandomState(seed: 4)
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 1)
        try Self.run(&optimizer, evaluations: 40) { try Self.branin($0) + stream.uniform(-8, 8) }
        let recommendation = try #require(try optimizer.recommendation())
        let best = try #require(optimizer.best)
        guard case .complete(let luckiest, _) = best.state else { return }
        #expect(luckiest < recommendation.mean)
        #expect(try abs(Self.branin(recommendation.parameters) - recommendation.mean) < 8)
        #expect(try !#require(try optimizer.surrogate()).isNoiseFree)
    }

    @Test("An observation with a large known noise has little weight")
    func knownNoise() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        func mean(variance: Double) throws -> Double {
            var optimizer = try BayesianOptimizer(space: space, seed: 0)
            try optimizer.tell(
                [(0.0, 1.0), (0.25, 1.1), (0.5, 0.0), (0.75, 1.1), (1, 1)].map { x, loss in
                    Trial(["x": .real(x)], .complete(loss: loss, variance: x == 0.5 ? variance : 1e-6))
                })
            return try #require(try optimizer.surrogate()).predict([["x": .real(0.5)]])[0].mean
        }
        #expect(try mean(variance: 1e-6) < 0.05)
        #expect(try mean(variance: 10) > 0.5)
    }

    @Test("The same seed and trials give the same points, also after an interruption")
    func determinism() throws {
        var first = try BayesianOptimizer(space: Self.plane(), seed: 5)
        let points = try Self.run(&first, evaluations: 9, loss: Self.branin)
        var second = try BayesianOptimizer(space: Self.plane(), seed: 5)
        #expect(try Self.run(&second, evaluations: 9, loss: Self.branin) == points)
        var resumed = try BayesianOptimizer(space: Self.plane(), seed: 5)
        try resumed.tell(Array(first.trials.prefix(6)))
        #expect(try Self.run(&resumed, evaluations: 3, loss: Self.branin) == Array(points.suffix(3)))
        var other = try BayesianOptimizer(space: Self.plane(), seed: 6)
        #expect(try Self.run(&other, evaluations: 2, loss: Self.branin) != Array(points.prefix(2)))
    }

    @Test("The first point is drawn from the first suggestion's stream")
    func draws() throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 10)
        var stream = RandomState(key: [10, 2, 0])
        let point = try optimizer.ask()[0]
        #expect(try Self.number(point.parameters, "x") == -5 + 15 * stream.double())
        #expect(point.acquisition == nil)
    }

    @Test("Points of a batch are apart, and asking one by one gives the same ones")
    func batches() throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 2)
        try Self.run(&optimizer, evaluations: 12, loss: Self.branin)
        var single = optimizer
        let batch = try optimizer.ask(4)
        for (index, suggestion) in batch.enumerated() {
            #expect(try single.ask()[0].parameters == suggestion.parameters)
            for other in batch[..<index] {
                let distance = try hypot(
                    Self.number(suggestion.parameters, "x") - Self.number(other.parameters, "x"),
                    Self.number(suggestion.parameters, "y") - Self.number(other.parameters, "y"))
                #expect(distance > 0.01)
            }
        }
    }

    @Test("A pending trial ends when it is told as finished, and only then")
    func pending() throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 2)
        let points = try optimizer.ask(3).map(\.parameters)
        #expect(optimizer.trials.map(\.state) == [.pending, .pending, .pending])
        try optimizer.tell([Trial(points[1], .failed)])
        try optimizer.tell([Trial(["x": .real(0), "y": .real(1)], .complete(loss: 2, variance: nil))])
        try optimizer.tell([Trial(points[0], .pending)])
        #expect(
            optimizer.trials.map(\.state) == [.failed, .complete(loss: 2, variance: nil), .pending, .pending])
        try optimizer.tell([Trial(points[0], .complete(loss: 1, variance: 0.1))])
        try optimizer.tell([Trial(points[0], .complete(loss: 1.5, variance: 0.1))])
        #expect(optimizer.trials.count == 5)
    }

    static let impossible: [Trial] = [
        Trial(["x": .real(0), "y": .real(1)], .complete(loss: .nan, variance: nil)),
        Trial(["x": .real(0), "y": .real(1)], .complete(loss: 1, variance: -1)),
        Trial(["x": .real(0), "y": .real(1)], .complete(loss: .infinity, variance: nil)),
        Trial(["x": .real(0), "y": .real(16)], .failed), Trial(["x": .real(0)], .pending),
    ]

    @Test("Refused trials change nothing, not even in part", arguments: impossible.indices)
    func refused(index: Int) throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 2)
        try Self.run(&optimizer, evaluations: 5, loss: Self.branin)
        let trials = optimizer.trials
        let good = Trial(["x": .real(1), "y": .real(1)], .complete(loss: 1, variance: nil))
        #expect(throws: OptimizerError.self) { try optimizer.tell([good, Self.impossible[index]]) }
        #expect(optimizer.trials == trials)
    }

    @Test("Failed trials keep the search away, and do not change the scale")
    func failures() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        func surrogate(failures: [Double]) throws -> Surrogate {
            var optimizer = try BayesianOptimizer(space: space, seed: 0)
            try optimizer.tell(
                [0.0, 0.1, 0.2, 0.3, 0.4].map { Trial(["x": .real($0)], .complete(loss: 1 - $0, variance: nil)) })
            try optimizer.tell(failures.map { Trial(["x": .real($0)], .failed) })
            return try #require(try optimizer.surrogate())
        }
        let without = try surrogate(failures: [])
        let with = try surrogate(failures: [0.7, 0.8])
        let far = [["x": ParameterValue.real(0.75)]]
        #expect(try with.acquisition(far)[0] < without.acquisition(far)[0] - 1)
        let near = [["x": ParameterValue.real(0.25)]]
        #expect(try abs(with.predict(near)[0].mean - 0.75) < 0.02)
    }

    @Test("A very high loss does not hide the differences between the others", arguments: [2.303, 100, 1e9])
    func outlier(loss: Double) throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        var optimizer = try BayesianOptimizer(space: space, seed: 0)
        let points = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75]
        try optimizer.tell(
            points.map { Trial(["x": .real($0)], .complete(loss: 0.3 + 0.2 * ($0 - 0.4) * ($0 - 0.4), variance: nil)) })
        try optimizer.tell([Trial(["x": .real(1)], .complete(loss: loss, variance: nil))])
        let recommendation = try #require(try optimizer.recommendation())
        #expect(try abs(Self.number(recommendation.parameters, "x") - 0.4) < 0.1)
        #expect(abs(recommendation.mean - 0.3) < 0.01)
    }

    /// Learning rates with losses and the known variances of their noise, from a study of the program.
    private static let nearlyEqual: [(rate: Double, state: Trial.State)] = [
        (0.01, .complete(loss: 0.4623, variance: 0.013 * 0.013)),
        (0.2, .complete(loss: 0.4616, variance: 0.013 * 0.013)),
        (0.9, .failed),
        (0.001, .complete(loss: 1.0631, variance: 0.25 * 0.25)),
    ]

    @Test("Losses closer together than their noise do not lower very high predictions", arguments: 2...4)
    func noiseSetsTheScale(count: Int) throws {
        let space = try ParameterSpace([Parameter("rate", .real(lower: 0.001, upper: 0.9, scale: .log))])
        var optimizer = try BayesianOptimizer(space: space, seed: 10)
        try optimizer.tell(Self.nearlyEqual.prefix(count).map { Trial(["rate": .real($0.rate)], $0.state) })
        let recommendation = try #require(try optimizer.recommendation())
        #expect(try (0.004...0.5).contains(Self.number(recommendation.parameters, "rate")))
        #expect(abs(recommendation.mean - 0.4616) < 0.02)
        // Two measurements with that noise do not determine the loss elsewhere to a hundredth of it.
        #expect((0.003...0.1).contains(recommendation.standardDeviation))
    }

    /// The recommendation of an optimiser that also suggests valid points.
    private static func finiteAnswer(of optimizer: inout BayesianOptimizer) throws -> Recommendation {
        for suggestion in try optimizer.ask(2) { try optimizer.space.check(suggestion.parameters) }
        let recommendation = try #require(try optimizer.recommendation())
        #expect(recommendation.mean.isFinite && recommendation.standardDeviation.isFinite)
        return recommendation
    }

    @Test("Known noise of any size gives a finite answer", arguments: [0, 1e-300, 1e-12, 1, 1e12, 1e300])
    func noiseOfAnySize(variance: Double) throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 0)
        try optimizer.tell(
            (0..<5).map {
                Trial(["x": .real(Double($0)), "y": .real(1)], .complete(loss: 0.1 * Double($0), variance: variance))
            })
        let recommendation = try Self.finiteAnswer(of: &optimizer)
        if variance < 1e-6 { #expect(try Self.number(recommendation.parameters, "x") < 2) }
    }

    static let losses: [[Double]] = [
        [1], [2, 2, 2, 2, 2, 2], [1e-200, 2e-200, 0, 0, 3e-200, 0], [1e100, -1e100, 0, 1, 2, 3],
        [1e12, 1e12 + 1, 1e12 + 2, 1e12, 1e12, 1e12],
    ]

    @Test("Losses of any size, equal ones and single ones give a point", arguments: losses)
    func scales(losses: [Double]) throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 0)
        try optimizer.tell(
            losses.enumerated().map { index, loss in
                Trial(
                    ["x": .real(Double(index % 3)), "y": .real(Double(index / 2))], .complete(loss: loss, variance: nil)
                )
            })
        _ = try Self.finiteAnswer(of: &optimizer)
    }

    @Test("Repeated and nearly equal points have a surrogate")
    func repeats() throws {
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 0)
        for index in 0..<40 {
            let x = index.isMultiple(of: 2) ? 1.0 : 1 + 1e-12 * Double(index)
            try optimizer.tell([Trial(["x": .real(x), "y": .real(2)], .complete(loss: 3, variance: nil))])
        }
        try optimizer.tell([Trial(["x": .real(3), "y": .real(2)], .complete(loss: 1, variance: nil))])
        _ = try optimizer.ask()
        let surrogate = try #require(try optimizer.surrogate())
        #expect(try abs(surrogate.predict([["x": .real(1), "y": .real(2)]])[0].mean - 3) < 0.1)
    }

    @Test("Exact losses of a few choices: all are evaluated before one is repeated")
    func discrete() throws {
        let space = try ParameterSpace([
            Parameter("kind", .categorical(choices: ["a", "b", "c"])),
            Parameter("depth", .integer(lower: 1, upper: 5, scale: .linear)),
        ])
        func loss(_ point: [String: ParameterValue]) throws -> Double {
            let depth = try Self.number(point, "depth")
            return point["kind"] == .choice("b") ? (depth - 4) * (depth - 4) : 3 + depth
        }
        var optimizer = try BayesianOptimizer(
            space: space, seed: 1, configuration: .robust { $0.allowsRepeats = false })
        let points = try Self.run(&optimizer, evaluations: 15, loss: loss)
        #expect(Set(points).count == 15)
        let recommendation = try #require(try optimizer.recommendation())
        #expect(recommendation.parameters == ["kind": .choice("b"), "depth": .integer(4)])
        // Every point was evaluated, and there is still a suggestion.
        try space.check(optimizer.ask()[0].parameters)
    }

    @Test("Mixed parameters come close to the minimum", arguments: [UInt32(0), 1])
    func mixed(seed: UInt32) throws {
        let space = try ParameterSpace([
            Parameter("rate", .real(lower: 1e-4, upper: 1, scale: .log)),
            Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
            Parameter("kind", .categorical(choices: ["a", "b"])),
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: seed)
        try Self.run(&optimizer, evaluations: 30) { point in
            let rate = try log10(Self.number(point, "rate")) + 1.5
            let depth = try Self.number(point, "depth") - 5
            return rate * rate + 0.1 * depth * depth + (point["kind"] == .choice("a") ? 0.5 : 0)
        }
        let best = try #require(try optimizer.recommendation()).parameters
        #expect(best["kind"] == .choice("b") && best["depth"] == .integer(5))
        #expect(try abs(log10(Self.number(best, "rate")) + 1.5) < 0.1)
    }

    @Test("The stopping rule applies after convergence, and not before")
    func stopping() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        #expect(try optimizer.stopReason() == nil)
        var stopped: Int?
        for evaluation in 1...30 where stopped == nil {
            try Self.run(&optimizer, evaluations: 1) { point in
                let x = try Self.number(point, "x")
                return (x - 0.3) * (x - 0.3)
            }
            if try optimizer.stopReason() != nil { stopped = evaluation }
        }
        #expect(try #require(stopped) >= 4)
        #expect(try #require(try optimizer.stopReason()).description.contains("expected to lower the loss"))
        let recommendation = try #require(try optimizer.recommendation())
        #expect(try abs(Self.number(recommendation.parameters, "x") - 0.3) < 0.02)
    }

    @Test("More trials than the hyperparameters are fitted to")
    func many() throws {
        var stream = RandomState(seed: 1)
        var optimizer = try BayesianOptimizer(space: Self.plane(), seed: 1)
        try optimizer.tell(
            (0..<230).map { _ in
                let point = ["x": ParameterValue.real(stream.uniform(-5, 10)), "y": .real(stream.uniform(0, 15))]
                return Trial(point, .complete(loss: try Self.branin(point), variance: nil))
            })
        // One of them may be in a corner with few observations.
        let suggestions = try Self.run(&optimizer, evaluations: 2, loss: Self.branin)
        #expect(try suggestions.contains { try Self.branin($0) < 1 })
    }

    @Test("Invalid hyperparameters are refused")
    func invalidSettings() throws {
        let space = try Self.plane()
        for value in [0, -1, Double.nan, .infinity] {
            #expect(throws: OptimizerError.self) {
                try BayesianOptimizer(space: space, seed: 0, configuration: .robust { $0.fixedLengthScale = value })
            }
        }
        #expect(throws: OptimizerError.self) {
            try BayesianOptimizer(space: space, seed: 0, configuration: .robust { $0.fixedNoiseLevel = -1 })
        }
        var optimizer = try BayesianOptimizer(
            space: space, seed: 0,
            configuration: .robust {
                $0.fixedLengthScale = 0.3
                $0.fixedNoiseLevel = 0.02
            })
        try Self.run(&optimizer, evaluations: 6, loss: Self.branin)
        let surrogate = try #require(try optimizer.surrogate())
        #expect(surrogate.lengthScales.allSatisfy { abs($0 - 0.3) < 1e-12 } && abs(surrogate.noiseLevel - 0.02) < 1e-12)
    }
}

extension Configuration {
    /// The configuration `robust` with some changes.
    static func robust(_ change: (inout Configuration) -> Void) -> Configuration {
        var configuration = Configuration.robust
        change(&configuration)
        return configuration
    }

    /// The configuration `reference` with some changes.
    static func reference(_ change: (inout Configuration) -> Void) -> Configuration {
        var configuration = Configuration.reference
        change(&configuration)
        return configuration
    }
}
