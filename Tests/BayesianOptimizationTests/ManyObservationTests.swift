import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("Many observations")
struct ManyObservationTests {
    /// Random points of a problem with normal noise, and their luckiest.
    private static func optimizer(
        _ problem: TestProblem, count: Int, deviation: Double, seed: UInt32
    ) throws -> BayesianOptimizer {
        var stream = RandomState(key: [seed, 77])
        var optimizer = try BayesianOptimizer(space: problem.space(), seed: seed)
        try optimizer.tell(
            problem.points(count, seed: seed).map { point in
                // The sum of twelve uniform numbers is nearly normal.
                let noise = (0..<12).reduce(-6.0) { sum, _ in sum + stream.double() }
                return TestProblem.complete(point, problem.loss(point) + deviation * noise)
            })
        return optimizer
    }

    @Test("With 200 noisy points in ten dimensions, the answer is within its deviations", arguments: 0..<3)
    func tenDimensions(seed: UInt32) throws {
        let problem = TestProblem.sphere(10)
        let optimizer = try Self.optimizer(problem, count: 200, deviation: 0.1, seed: seed)
        let answer = try #require(try optimizer.recommendation())
        let loss = problem.loss(at: answer.parameters)
        #expect(abs(answer.mean - loss) < 3.5 * answer.standardDeviation)
        #expect(answer.standardDeviation < 0.2)
        // The losses at random points are 1.3 on average, and 0.5 at the best.
        #expect(loss < 0.15)
        #expect(try !#require(try optimizer.surrogate()).isNoiseFree)
    }

    @Test("The answer is better than the luckiest trial", arguments: [300, 1500])
    func luckiest(count: Int) throws {
        let problem = TestProblem.sphere(4)
        let optimizer = try Self.optimizer(problem, count: count, deviation: 0.3, seed: 3)
        let answer = try #require(try optimizer.recommendation())
        let loss = problem.loss(at: answer.parameters)
        let best = try #require(optimizer.best)
        #expect(loss < problem.loss(at: best.parameters))
        #expect(loss < 0.05)
        #expect(abs(answer.mean - loss) < 3.5 * answer.standardDeviation)
    }

    @Test("Ten thousand observations in twenty dimensions have an answer", .timeLimit(.minutes(10)))
    func tenThousand() throws {
        let problem = TestProblem.sphere(20)
        var optimizer = try Self.optimizer(problem, count: 10_000, deviation: 0.01, seed: 1)
        let answer = try #require(try optimizer.recommendation())
        #expect(problem.loss(at: answer.parameters) < 0.1)
        try optimizer.space.check(optimizer.ask()[0].parameters)
    }
}
