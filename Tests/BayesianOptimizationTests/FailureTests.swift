import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("Failures keep the search away, and do not distort the losses")
struct FailureTests {
    private static let branin = TestProblem.branin

    /// The regret of the answer after 30 successes, where a part of the attempts fails by chance.
    ///
    /// A failed attempt is repeated at once until it succeeds, or the search goes on elsewhere.
    private static func regret(rate: Double, repeats: Bool, seed: UInt32) throws -> Double {
        var stream = RandomState(key: [seed, 99])
        var optimizer = try BayesianOptimizer(space: branin.space(), seed: seed)
        var successes = 0
        while successes < 30 {
            let point = try optimizer.ask()[0].parameters
            var fails = stream.double() < rate
            while fails {
                try optimizer.tell([Trial(point, .failed)])
                if !repeats { break }
                fails = stream.double() < rate
            }
            if fails { continue }
            try optimizer.tell([Trial(point, .complete(loss: branin.loss(at: point), variance: nil))])
            successes += 1
        }
        return branin.loss(at: try #require(try optimizer.recommendation()).parameters) - branin.minimum
    }

    @Test("Failures by chance cost little", arguments: [(0.2, true), (0.25, false)])
    func chance(rate: Double, repeats: Bool) throws {
        let regrets = try (0..<5).map { try Self.regret(rate: rate, repeats: repeats, seed: UInt32($0)) }.sorted()
        #expect(regrets[2] < 0.02, "\(regrets)")
        #expect(regrets[4] < 0.5, "\(regrets)")
    }

    @Test("A failure at the place of a success moves the answer by nothing that matters", arguments: 0..<3)
    func outweighed(seed: UInt32) throws {
        let points = Self.branin.points(15, seed: seed)
        let trials = points.map { TestProblem.complete($0, Self.branin.loss($0)) }
        let failures = points.prefix(4).map { Trial(TestProblem.parameters($0), .failed) }
        let expected = try Self.branin.places(after: trials)
        for told in [failures + trials, trials + failures] {
            let places = try Self.branin.places(after: told)
            #expect(TestProblem.distance(places.answer, expected.answer) < 0.02)
        }
    }

    @Test("In a space with a region of crashes, few trials fail and the answer does not", arguments: 0..<4)
    func region(seed: UInt32) throws {
        func crashes(_ parameters: [String: ParameterValue]) -> Bool { Self.branin.point(parameters)[0] > 0.6 }
        var optimizer = try BayesianOptimizer(space: Self.branin.space(), seed: seed)
        for _ in 0..<30 {
            let point = try optimizer.ask()[0].parameters
            let loss = Self.branin.loss(at: point)
            try optimizer.tell([Trial(point, crashes(point) ? .failed : .complete(loss: loss, variance: nil))])
        }
        let answer = try #require(try optimizer.recommendation())
        #expect(!crashes(answer.parameters))
        #expect(Self.branin.loss(at: answer.parameters) - Self.branin.minimum < 0.05)
        #expect(optimizer.trials.count { $0.state == .failed } <= 12)
    }

    @Test("The acquisition function is lower where failures are", arguments: Acquisition.allCases)
    func acquisition(acquisition: Acquisition) throws {
        let line = TestProblem.wave
        var optimizer = try BayesianOptimizer(
            space: line.space(), seed: 0, configuration: .robust { $0.acquisition = acquisition })
        // The losses are symmetric about 0.5, and the failures are on one side.
        try optimizer.tell([0.3, 0.4, 0.5, 0.6, 0.7].map { TestProblem.complete([$0], 1 - ($0 - 0.5) * ($0 - 0.5)) })
        try optimizer.tell([0.88, 0.92, 0.96].map { Trial(TestProblem.parameters([$0]), .failed) })
        let values = try #require(try optimizer.surrogate()).acquisition(
            [0.9, 0.1].map { TestProblem.parameters([$0]) })
        #expect(values[0] < values[1])
    }
}
