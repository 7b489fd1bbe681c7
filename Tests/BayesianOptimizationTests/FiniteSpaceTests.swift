import BayesianOptimization
import Testing

@Suite("Finite spaces")
struct FiniteSpaceTests {
    typealias Point = [String: ParameterValue]

    /// A finite space with a number of points.
    struct Space: CustomTestStringConvertible, Sendable {
        let count: Int
        let parameters: @Sendable () throws -> [Parameter]
        var testDescription: String { "\(count) points" }
    }

    static let small: [Space] = [
        Space(count: 1) { try [Parameter("a", .real(lower: 2, upper: 2, scale: .log))] },
        Space(count: 2) {
            try [
                Parameter("a", .categorical(choices: ["p", "q"])),
                Parameter("b", .integer(lower: 3, upper: 3, scale: .log)),
            ]
        },
        Space(count: 4) { try [Parameter("a", .ordinal(values: [1, 2, 8, 9]))] },
        Space(count: 60) {
            try [
                Parameter("a", .integer(lower: 1, upper: 5, scale: .log)),
                Parameter("b", .steppedReal(lower: 0, upper: 0.3, step: 0.1)),
                Parameter("c", .categorical(choices: ["p", "q", "r"])),
                Parameter("d", .real(lower: 1, upper: 1, scale: .linear)),
            ]
        },
    ]

    static let large: [Space] = [
        Space(count: 5000) {
            try [
                Parameter("a", .steppedInteger(lower: 0, upper: 98, step: 2)),
                Parameter("b", .integer(lower: 1, upper: 100, scale: .linear)),
            ]
        },
        Space(count: 1_000_000_000_000) {
            try (0..<4).map { index throws in
                try Parameter("p\(index)", .integer(lower: 1, upper: 1000, scale: index == 0 ? .log : .linear))
            }
        },
        Space(count: .max) {
            try (0..<9).map { index throws in
                try Parameter("p\(index)", .integer(lower: 1, upper: 1000, scale: .linear))
            }
        },
    ]

    /// A sum over the values of a point.
    static func loss(_ point: Point) -> Double {
        point.reduce(0) { sum, member in
            let value = member.value.number ?? (member.value == .choice("q") ? 0 : 2)
            return sum + (value - 2) * (value - 2)
        }
    }

    /// How the loss of an evaluation is told.
    enum Outcome: CaseIterable { case exact, noisy, failing, allFailed, known, pending, equal }

    /// The state of the trial after some others.
    private static func state(_ point: Point, _ outcome: Outcome, after count: Int) -> Trial.State {
        switch outcome {
        case .exact: .complete(loss: loss(point), variance: nil)
        // Differences that look like noise, at different points.
        case .noisy: .complete(loss: Double((count * 7919) % 13), variance: nil)
        case .failing: count % 3 == 1 ? .failed : .complete(loss: loss(point), variance: nil)
        case .allFailed: .failed
        case .known: .complete(loss: loss(point), variance: 0)
        case .pending: count % 2 == 1 ? .pending : .complete(loss: loss(point), variance: nil)
        case .equal: .complete(loss: 1, variance: nil)
        }
    }

    @Test("All points are suggested before one is repeated", arguments: small, Outcome.allCases)
    func all(space: Space, outcome: Outcome) throws {
        var optimizer = try BayesianOptimizer(space: ParameterSpace(space.parameters()), seed: 1)
        var seen: Set<Point> = []
        for count in 0..<space.count {
            let point = try optimizer.ask()[0].parameters
            #expect(seen.insert(point).inserted, "\(point) after \(count)")
            try optimizer.tell([Trial(point, Self.state(point, outcome, after: count))])
        }
        // When all points are known, there is still a suggestion.
        for suggestion in try optimizer.ask(2) { try optimizer.space.check(suggestion.parameters) }
    }

    @Test("A batch as large as the space has all points", arguments: small, [0, 6])
    func batch(space: Space, evaluations: Int) throws {
        var optimizer = try BayesianOptimizer(space: ParameterSpace(space.parameters()), seed: 2)
        let known = min(evaluations, space.count)
        let before = try BayesianOptimizerTests.run(&optimizer, evaluations: known, loss: Self.loss)
        let batch = try optimizer.ask(space.count - known).map(\.parameters)
        #expect(Set(before + batch).count == space.count)
        try optimizer.space.check(optimizer.ask()[0].parameters)
    }

    @Test(
        "No point of a large space is suggested twice", arguments: large,
        [Outcome.exact, .noisy, .failing, .pending])
    func noneTwice(space: Space, outcome: Outcome) throws {
        var optimizer = try BayesianOptimizer(space: ParameterSpace(space.parameters()), seed: 3)
        var seen: Set<Point> = []
        for count in 0..<24 {
            let point = try optimizer.ask()[0].parameters
            #expect(seen.insert(point).inserted, "\(point) after \(count)")
            try optimizer.tell([Trial(point, Self.state(point, outcome, after: count))])
        }
    }

    @Test("The last unknown points of a large space are found", arguments: [false, true])
    func last(areFailed: Bool) throws {
        var optimizer = try BayesianOptimizer(space: ParameterSpace(Self.large[0].parameters()), seed: 4)
        var points = (0..<50).flatMap { a in (1...100).map { ["a": ParameterValue.integer(2 * a), "b": .integer($0)] } }
        let unknown: Set<Point> = [points.remove(at: 4321), points.remove(at: 1234)]
        try optimizer.tell(
            points.map { Trial($0, areFailed ? .failed : .complete(loss: Self.loss($0), variance: nil)) })
        let found = try optimizer.ask(2).map(\.parameters)
        #expect(Set(found) == unknown)
        try optimizer.space.check(optimizer.ask()[0].parameters)
    }

    /// Trials of four points whose losses differ by less than the noise, of which the first is the best.
    private static func four(variance: Double?, repeated: Double?) -> [Trial] {
        let values: [(Double, Double)] = [(1, 0), (2, 0.2), (8, 5)]
        var trials = values.map { Trial(["a": .real($0.0)], .complete(loss: $0.1, variance: variance)) }
        if let repeated { trials.append(Trial(["a": .real(1)], .complete(loss: repeated, variance: variance))) }
        return trials
    }

    @Test(
        "Only real noise makes a repeat possible",
        arguments: [(nil, nil, false), (nil, 0, false), (nil, 2, true), (0, nil, false), (4, nil, true)]
            as [(Double?, Double?, Bool)], [true, false])
    func repeats(noise: (variance: Double?, repeated: Double?, isReal: Bool), allowsRepeats: Bool) throws {
        var repeats = 0
        for seed in UInt32(0)..<4 {
            var optimizer = try BayesianOptimizer(
                space: ParameterSpace(Self.small[2].parameters()), seed: seed,
                configuration: .robust { $0.allowsRepeats = allowsRepeats })
            try optimizer.tell(Self.four(variance: noise.variance, repeated: noise.repeated))
            let point = try optimizer.ask()[0].parameters
            if point != ["a": .real(9)] { repeats += 1 }
        }
        #expect(noise.isReal && allowsRepeats ? repeats > 0 : repeats == 0)
    }

    @Test("The best of a small space is found among all of its points")
    func best() throws {
        var optimizer = try BayesianOptimizer(space: ParameterSpace(Self.small[3].parameters()), seed: 5)
        try BayesianOptimizerTests.run(&optimizer, evaluations: 20, loss: Self.loss)
        let best = try #require(optimizer.best).parameters
        #expect(best["a"] == .integer(2) && best["b"] == .real(0.3) && best["c"] != .choice("q"))
    }

    @Test("A trial outside of the space is no known point")
    func outside() throws {
        var optimizer = try BayesianOptimizer(
            space: ParameterSpace([Parameter("n", .integer(lower: 1, upper: 3, scale: .linear))]), seed: 0,
            configuration: .robust { $0.allowsOutside = true })
        try optimizer.tell(
            [(1, 3.0), (2, 2.0), (4, 1.0)].map { Trial(["n": .integer($0)], .complete(loss: $1, variance: nil)) })
        #expect(try optimizer.ask()[0].parameters == ["n": .integer(3)])
    }
}
