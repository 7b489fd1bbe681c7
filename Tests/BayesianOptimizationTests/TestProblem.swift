import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

/// A function over the unit cube, whose minimum is known.
struct TestProblem: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let axes: Int
    let minimum: Double
    let loss: @Sendable ([Double]) -> Double

    /// Branin's function.
    static let branin = TestProblem(testDescription: "Branin", axes: 2, minimum: 0.397887) { point in
        let (x, y) = (15 * point[0] - 5, 15 * point[1])
        let q = y - 5.1 / (4 * .pi * .pi) * x * x + 5 / .pi * x - 6
        return q * q + 10 * (1 - 1 / (8 * .pi)) * cos(x) + 10
    }

    /// The squared distance from a point of the cube.
    static func sphere(_ axes: Int) -> TestProblem {
        TestProblem(testDescription: "sphere \(axes)", axes: axes, minimum: 0) { point in
            point.reduce(0) { $0 + ($1 - 0.3) * ($1 - 0.3) }
        }
    }

    /// Ackley's function over ±32.768.
    static func ackley(_ axes: Int) -> TestProblem {
        TestProblem(testDescription: "Ackley \(axes)", axes: axes, minimum: 0) { point in
            let x = point.map { 65.536 * $0 - 32.768 }
            let (squares, waves) = (x.reduce(0) { $0 + $1 * $1 }, x.reduce(0) { $0 + cos(2 * .pi * $1) })
            let count = Double(x.count)
            return 20 - 20 * exp(-0.2 * (squares / count).squareRoot()) + exp(1.0) - exp(waves / count)
        }
    }

    /// A wave on a slope.
    static let wave = TestProblem(testDescription: "wave", axes: 1, minimum: -0.8418) {
        sin(7 * $0[0] + 1) + 0.3 * $0[0]
    }

    private static func name(_ axis: Int) -> String { "x\(axis)" }

    func space() throws -> ParameterSpace {
        try ParameterSpace(
            (0..<axes).map { try Parameter(Self.name($0), .real(lower: 0, upper: 1, scale: .linear)) })
    }

    /// The parameters of a point of the cube.
    static func parameters(_ point: [Double]) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: point.enumerated().map { (name($0), .real($1)) })
    }

    /// The point of the cube with some parameters.
    func point(_ parameters: [String: ParameterValue]) -> [Double] {
        (0..<axes).map { parameters[Self.name($0)]?.number ?? .nan }
    }

    /// The loss at some parameters.
    func loss(at parameters: [String: ParameterValue]) -> Double {
        let point = point(parameters)
        return loss(point)
    }

    /// Random points of the cube.
    func points(_ count: Int, seed: UInt32) -> [[Double]] {
        var stream = RandomState(seed: seed)
        return (0..<count).map { _ in (0..<axes).map { _ in stream.double() } }
    }

    /// The place of the answer and of the next proposal after some trials.
    func places(after trials: [Trial], seed: UInt32 = 1) throws -> (answer: [Double], proposal: [Double]) {
        var optimizer = try BayesianOptimizer(space: space(), seed: seed)
        try optimizer.tell(trials)
        let answer = try #require(try optimizer.recommendation()).parameters
        let proposal = try optimizer.ask()[0].parameters
        return (point(answer), point(proposal))
    }

    /// A complete trial.
    static func complete(_ point: [Double], _ loss: Double) -> Trial {
        Trial(parameters(point), .complete(loss: loss, variance: nil))
    }

    /// The greatest distance along an axis.
    static func distance(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}
