import BayesianOptimization
import Foundation
import Testing

@Suite("The size of losses does not matter")
struct ScaleInvarianceTests {
    static let problems = [TestProblem.wave, .branin, .sphere(3)]

    /// Random points with their losses; a point in a corner is bad.
    private static func sample(_ problem: TestProblem, _ size: Int) -> [(point: [Double], loss: Double, isBad: Bool)] {
        problem.points(size, seed: UInt32(size)).map { ($0, problem.loss($0), $0[0] > 0.7) }
    }

    private static func expectSame(
        _ one: (answer: [Double], proposal: [Double]), _ other: (answer: [Double], proposal: [Double]),
        _ comment: Comment
    ) {
        #expect(TestProblem.distance(one.answer, other.answer) < 1e-3, comment)
        #expect(TestProblem.distance(one.proposal, other.proposal) < 1e-3, comment)
    }

    @Test("A penalty of any size moves neither the answer nor the proposal", arguments: problems, [6, 15, 40])
    func penalties(problem: TestProblem, size: Int) throws {
        let sample = Self.sample(problem, size)
        let good = sample.filter { !$0.isBad }.map(\.loss)
        let mean = good.reduce(0, +) / Double(good.count)
        let spread = (good.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(good.count)).squareRoot()
        let penalty = (good.max() ?? 0) + 10 * spread
        func places(_ penalty: Double) throws -> (answer: [Double], proposal: [Double]) {
            try problem.places(after: sample.map { TestProblem.complete($0.point, $0.isBad ? penalty : $0.loss) })
        }
        let expected = try places(penalty)
        for factor in [1.5, 10, 1e3, 1e10, 1e100, 1e300] {
            Self.expectSame(try places(penalty * factor), expected, "times \(factor)")
        }
        Self.expectSame(try places(.greatestFiniteMagnitude), expected, "the largest number")
    }

    @Test(
        "Losses times any factor, or moved, have the same answer and proposal", arguments: problems,
        [(5, false), (12, false), (12, true), (40, true)])
    func units(problem: TestProblem, sample: (size: Int, hasFailures: Bool)) throws {
        let (size, hasFailures) = sample
        let sample = Self.sample(problem, size)
        let losses = sample.map(\.loss)
        let spread = (losses.max() ?? 0) - (losses.min() ?? 0)
        func places(_ change: (Double) -> Double) throws -> (answer: [Double], proposal: [Double]) {
            try problem.places(
                after: sample.map {
                    hasFailures && $0.isBad
                        ? Trial(TestProblem.parameters($0.point), .failed)
                        : TestProblem.complete($0.point, change($0.loss))
                })
        }
        let expected = try places { $0 }
        for factor in [1e-200, 1e-20, 3e-3, 1e5, 1e200] {
            Self.expectSame(try places { $0 * factor }, expected, "times \(factor)")
        }
        for shift in [-1e6, -3, 100, 1e6] {
            Self.expectSame(try places { $0 + shift * spread }, expected, "plus \(shift) spreads")
        }
    }
}
