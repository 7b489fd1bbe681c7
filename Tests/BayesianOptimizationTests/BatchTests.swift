import BayesianOptimization
import Foundation
import Testing

@Suite("Points of a batch")
struct BatchTests {
    typealias Point = [String: ParameterValue]

    /// A search, with a parameter for each name, and an exact smooth loss.
    struct Search: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let parameters: @Sendable () throws -> [Parameter]
        let loss: @Sendable (Point) throws -> Double
        /// The number of evaluations before the batch.
        var evaluations = 14
    }

    private static func square(_ point: Point, _ name: String, _ center: Double) throws -> Double {
        let difference = try BayesianOptimizerTests.number(point, name) - center
        return difference * difference
    }

    private static func logSquare(_ point: Point) throws -> Double {
        let difference = try log10(BayesianOptimizerTests.number(point, "rate")) + 1.7
        return difference * difference
    }

    static let searches: [Search] = [
        Search(
            testDescription: "one real number",
            parameters: { try [Parameter("x", .real(lower: -3, upper: 5, scale: .linear))] },
            loss: { try square($0, "x", 0.7) }),
        Search(
            testDescription: "a minimum on the bound",
            parameters: { try [Parameter("x", .real(lower: 0, upper: 1, scale: .linear))] },
            loss: { try BayesianOptimizerTests.number($0, "x") }),
        Search(
            testDescription: "a logarithmic scale",
            parameters: { try [Parameter("rate", .real(lower: 1e-5, upper: 1, scale: .log))] },
            loss: { try logSquare($0) }),
        Search(
            testDescription: "two real numbers",
            parameters: {
                try ["x", "y"].map { name throws in try Parameter(name, .real(lower: 0, upper: 1, scale: .linear)) }
            },
            loss: { try square($0, "x", 0.3) + square($0, "y", 0.6) }, evaluations: 18),
        Search(
            testDescription: "a fixed number beside a real one",
            parameters: {
                try [
                    Parameter("x", .real(lower: 0, upper: 1, scale: .linear)),
                    Parameter("fixed", .real(lower: 2, upper: 2, scale: .linear)),
                ]
            },
            loss: { try square($0, "x", 0.3) }),
        Search(
            testDescription: "mixed",
            parameters: {
                try [
                    Parameter("rate", .real(lower: 1e-5, upper: 1, scale: .log)),
                    Parameter("depth", .integer(lower: 1, upper: 4, scale: .linear)),
                    Parameter("kind", .categorical(choices: ["a", "b"])),
                ]
            },
            loss: {
                try logSquare($0) + 0.3 * square($0, "depth", 3) + ($0["kind"] == .choice("a") ? 1 : 0)
            }, evaluations: 18),
    ]

    /// Whether two points differ enough: in a thousandth of a range, or in a value without a scale.
    static func areApart(_ first: Point, _ second: Point, in space: ParameterSpace) -> Bool {
        space.parameters.contains { parameter in
            guard case .real(let lower, let upper, let scale) = parameter.domain else {
                return first[parameter.name] != second[parameter.name]
            }
            guard lower < upper, let one = first[parameter.name]?.number, let other = second[parameter.name]?.number
            else { return false }
            return scale == .log
                ? abs(log(one / other)) >= 1e-3 * log(upper / lower) : abs(one - other) >= 1e-3 * (upper - lower)
        }
    }

    static func expectApart(_ points: [Point], in space: ParameterSpace) {
        for (index, point) in points.enumerated() {
            for other in points[..<index] {
                #expect(areApart(point, other, in: space), "\(point) and \(other)")
            }
        }
    }

    @Test(
        "Eight points of a search that has converged are apart, and one by one they are the same", arguments: searches)
    func converged(search: Search) throws {
        let space = try ParameterSpace(search.parameters())
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        try BayesianOptimizerTests.run(&optimizer, evaluations: search.evaluations, loss: search.loss)
        var single = optimizer
        let batch = try optimizer.ask(8).map(\.parameters)
        Self.expectApart(batch, in: space)
        #expect(try (0..<8).map { _ in try single.ask()[0].parameters } == batch)
        for point in batch { try space.check(point) }
    }

    @Test("A point is apart from pending ones that the caller added at the minimum", arguments: searches)
    func pending(search: Search) throws {
        let space = try ParameterSpace(search.parameters())
        var optimizer = try BayesianOptimizer(space: space, seed: 2)
        try BayesianOptimizerTests.run(&optimizer, evaluations: search.evaluations, loss: search.loss)
        var other = optimizer
        let wanted = try other.ask()[0].parameters
        try optimizer.tell([Trial(wanted, .pending)])
        for _ in 0..<3 {
            let point = try optimizer.ask()[0].parameters
            #expect(Self.areApart(point, wanted, in: space))
        }
    }

    @Test("The initial design is apart from pending points", arguments: searches, [UInt32(0), 1])
    func initial(search: Search, seed: UInt32) throws {
        let space = try ParameterSpace(search.parameters())
        var optimizer = try BayesianOptimizer(space: space, seed: seed)
        // Without a loss, every point is one of the initial design.
        Self.expectApart(try optimizer.ask(60).map(\.parameters), in: space)
    }

    @Test("Points stay apart where pending ones fill much of the range, and where they fill all of it")
    func crowded() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        for (spacing, isFull) in [(0.00305, false), (0.0015, true)] {
            for losses in [0, 6] {
                var optimizer = try BayesianOptimizer(space: space, seed: 3)
                try optimizer.tell(
                    (0..<losses).map {
                        let x = 0.15 * Double($0)
                        return Trial(["x": .real(x)], .complete(loss: (x - 0.4) * (x - 0.4), variance: nil))
                    })
                let pending = stride(from: 0, through: 1, by: spacing).map { ["x": ParameterValue.real($0)] }
                try optimizer.tell(pending.map { Trial($0, .pending) })
                let point = try optimizer.ask()[0].parameters
                try space.check(point)
                #expect(isFull || pending.allSatisfy { Self.areApart(point, $0, in: space) })
            }
        }
    }

    @Test("A batch costs little quality: its best point is as good as that of single evaluations", arguments: searches)
    func quality(search: Search) throws {
        let space = try ParameterSpace(search.parameters())
        var optimizer = try BayesianOptimizer(space: space, seed: 4)
        var lowest = Double.infinity
        for _ in 0..<6 {
            for point in try optimizer.ask(4).map(\.parameters) {
                let loss = try search.loss(point)
                lowest = min(lowest, loss)
                try optimizer.tell([Trial(point, .complete(loss: loss, variance: nil))])
            }
        }
        #expect(lowest < 1e-3)
    }
}
