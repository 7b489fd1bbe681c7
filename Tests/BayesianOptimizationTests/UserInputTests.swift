import BayesianOptimization
import Foundation
import Testing

/// Inputs after public reports of what users of optimisers observe.
@Suite("Inputs of users")
struct UserInputTests {
    /// A real parameter from 0 to 1.
    private static let line = TestProblem.wave

    private static func answer(_ trials: [Trial], _ problem: TestProblem = line) throws -> (
        point: [Double], recommendation: Recommendation
    ) {
        var optimizer = try BayesianOptimizer(space: problem.space(), seed: 0)
        try optimizer.tell(trials)
        let recommendation = try #require(try optimizer.recommendation())
        return (problem.point(recommendation.parameters), recommendation)
    }

    private static func line(_ losses: [(x: Double, loss: Double)]) -> [Trial] {
        losses.map { TestProblem.complete([$0.x], $0.loss) }
    }

    /// Exact losses of 0.3 + (x − 0.25)² + (y − 0.3)².
    private static let successes: [([Double], Double)] = [
        ([0.126, 0.207], 0.324), ([0.259, 0.415], 0.3133), ([0.306, 0.222], 0.3092), ([0.362, 0.225], 0.3182),
        ([0.269, 0.292], 0.3004), ([0.278, 0.455], 0.3248), ([0.205, 0.201], 0.3118), ([0.326, 0.445], 0.3268),
        ([0.218, 0.177], 0.3162),
    ]

    private static let failures: [[Double]] = [
        [0.551, 0.708], [0.291, 0.511], [0.893, 0.896], [0.051, 0.441], [0.03, 0.457], [0.649, 0.278],
        [0.676, 0.591], [0.024, 0.559], [0.284, 0.693], [0.44, 0.157], [0.545, 0.78], [0.388, 0.936], [0.976, 0.672],
        [0.903, 0.846], [0.378, 0.092], [0.653, 0.558], [0.407, 0.469], [0.458, 0.861], [0.586, 0.283],
        [0.514, 0.087], [0.484, 0.362], [0.708, 0.747], [0.691, 0.689], [0.374, 0.668], [0.34, 0.573],
        [0.062, 0.243], [0.972, 0.231], [0.691, 0.65], [0.724, 0.475], [0.597, 0.067], [0.073, 0.199], [0.152, 0.1],
        [0.129, 0.553], [0.188, 0.952], [0.682, 0.541], [0.707, 0.264], [0.927, 0.839], [0.726, 0.48],
        [0.842, 0.745], [0.66, 0.914], [0.634, 0.366], [0.553, 0.196], [0.192, 0.726], [0.785, 0.972],
        [0.851, 0.544], [0.09, 0.489], [0.928, 0.788], [0.485, 0.455], [0.074, 0.892], [0.64, 0.143], [0.414, 0.049],
    ]

    @Test("Where most trials failed, the others are exact")
    func mostlyFailed() throws {
        let trials =
            Self.failures.map { Trial(TestProblem.parameters($0), .failed) }
            + Self.successes.map { TestProblem.complete($0.0, $0.1) }
        let (point, recommendation) = try Self.answer(trials, .sphere(2))
        #expect(abs(recommendation.mean - 0.3) < 0.002)
        #expect(abs(point[0] - 0.25) < 0.05 && abs(point[1] - 0.3) < 0.05)
    }

    @Test("A failure at the place of a success says nothing about losses", arguments: [0, 1, 2])
    func transientFailure(count: Int) throws {
        let failures = Array(repeating: Trial(TestProblem.parameters([0.3]), .failed), count: count)
        let (point, recommendation) = try Self.answer(
            failures + Self.line([(0.1, 0.34), (0.2, 0.31), (0.3, 0.3), (0.4, 0.31)]))
        #expect(abs(point[0] - 0.3) < 0.02 && abs(recommendation.mean - 0.3) < 0.002)
        #expect(recommendation.standardDeviation < 0.005)
    }

    @Test("One loss that exploded does not set the scale", arguments: [1000, 1e9, 1e14, 1e18, 1e300])
    func explodedLoss(loss: Double) throws {
        let (point, recommendation) = try Self.answer(
            Self.line([(0, 0.332), (0.2, 0.308), (0.4, 0.3), (0.6, 0.308), (0.8, 0.332), (1, loss)]))
        #expect(abs(point[0] - 0.4) < 0.03 && abs(recommendation.mean - 0.3) < 0.002)
        #expect(recommendation.standardDeviation < 0.005)
    }

    @Test("Where half of the losses are penalties, the others set the scale", arguments: [10, 1000, 1e10, 1e14])
    func halfPenalty(penalty: Double) throws {
        let (point, recommendation) = try Self.answer(
            Self.line([(0.05, 0.9), (0.15, 0.55), (0.25, 0.35), (0.35, 0.3), (0.45, 0.42)])
                + Self.line([0.55, 0.65, 0.75, 0.85, 0.95].map { ($0, penalty) }))
        #expect(abs(point[0] - 0.34) < 0.02 && abs(recommendation.mean - 0.3) < 0.02)
    }

    @Test("Losses of 1e-170 have the answer of losses of 1")
    func tinyLosses() throws {
        let losses = [
            (0, 0), (0.15, 9.424e-171), (0.3, 1.0132e-170), (0.45, 2.166e-171), (0.6, -5.716e-171), (0.75, -4.839e-171),
            (0.9, 4.668e-171), (1, 1.157e-170),
        ]
        let tiny = try Self.answer(Self.line(losses))
        let usual = try Self.answer(Self.line(losses.map { ($0.0, $0.1 * 1e170) }))
        #expect(abs(tiny.point[0] - 0.658) < 0.02)
        #expect(abs(tiny.point[0] - usual.point[0]) < 1e-3)
        #expect(abs(tiny.recommendation.mean * 1e170 - usual.recommendation.mean) < 1e-3)
    }
}
