import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("Predictions say how far off they may be")
struct CalibrationTests {
    /// The number of standard deviations from the mean to the ends of the central 90% interval.
    private static let quantile = 1.6449

    /// Whether the interval at each of some points holds the noise-free loss.
    private static func hits(
        _ problem: TestProblem, _ surrogate: Surrogate, at points: [[Double]]
    ) throws -> [Bool] {
        let predictions = try surrogate.predict(points.map(TestProblem.parameters))
        return zip(points, predictions).map { point, prediction in
            abs(problem.loss(point) - prediction.mean) <= quantile * prediction.standardDeviation
        }
    }

    @Test(
        "After trials at random points, intervals of 90% hold the noise-free loss about as often",
        arguments: [TestProblem.branin, .ackley(2), .sphere(5), .wave], [0, 0.2])
    func randomPoints(problem: TestProblem, noise: Double) throws {
        var (places, answers): ([Bool], [Bool]) = ([], [])
        for seed in 0..<10 as Range<UInt32> {
            var stream = RandomState(key: [seed, 17])
            let points = problem.points(30, seed: seed)
            let losses = points.map(problem.loss)
            let spread = try #require(losses.max()) - (try #require(losses.min()))
            var optimizer = try BayesianOptimizer(space: problem.space(), seed: seed)
            // Uniform noise whose standard deviation is a part of a quarter of the range.
            try optimizer.tell(
                zip(points, losses).map { point, loss in
                    TestProblem.complete(
                        point, loss + noise * spread / 4 * 12.0.squareRoot() * (stream.double() - 0.5))
                })
            let surrogate = try #require(try optimizer.surrogate())
            places += try Self.hits(problem, surrogate, at: problem.points(100, seed: seed + 1000))
            let answer = try #require(try optimizer.recommendation())
            answers += try Self.hits(problem, surrogate, at: [problem.point(answer.parameters)])
        }
        let share = Double(places.count { $0 }) / Double(places.count)
        #expect(share > 0.8, "\(share)")
        // Between random points, nothing shows how deep the funnel of Ackley's function is.
        #expect(problem.testDescription == "Ackley 2" || answers.count { $0 } >= 6, "\(answers)")
    }

    @Test("A high loss beside others that are mostly noise says that the objective varies")
    func highLossAmongNoise() throws {
        // Forrester's function has a flat part, its minimum of -6 at 0.757, and 15.8 at 1.
        let line = TestProblem.wave
        let found = try (0..<10 as Range<UInt32>).filter { seed in
            var stream = RandomState(key: [seed, 18])
            func observed(_ x: Double) -> Trial {
                let root = 6 * x - 2
                return TestProblem.complete([x], root * root * sin(12 * x - 4) + 3 * (stream.double() - 0.5))
            }
            var optimizer = try BayesianOptimizer(space: line.space(), seed: seed)
            try optimizer.tell((0..<15).map { observed(0.12 + 0.02 * Double($0)) } + [observed(0.97)])
            for _ in 0..<12 {
                let next = try #require(try optimizer.ask().first)
                try optimizer.tell([observed(line.point(next.parameters)[0])])
            }
            return optimizer.trials.contains { (0.65...0.85).contains(line.point($0.parameters)[0]) }
        }
        // If the high loss were only a bad one, no seed would find the minimum.
        #expect(found.count >= 5, "\(found)")
    }
}
