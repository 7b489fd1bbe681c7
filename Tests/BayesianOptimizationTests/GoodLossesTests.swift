import BayesianOptimization
import Testing

@Suite("Bad losses are told from good ones")
struct GoodLossesTests {
    private static let good = [0.3, 0.35, 0.42, 0.55, 0.9]

    /// The good losses with penalties of one size, and the number of good ones.
    private static func penalised(_ penalty: Double) -> [([Double], Int)] {
        [1, 5, 20].map { (good + Array(repeating: penalty, count: $0), 5) } + [(good.dropLast() + [penalty], 4)]
    }

    /// Losses, and the number of good ones.
    static let others: [([Double], Int)] = [
        // Penalties of several sizes.
        (good + [10, 10, 1000, 1000, 1e10], 5), (good + [1e6, 1e14, 1e200], 5), (good + [50, 51, 52, 49], 5),
        (good + Array(repeating: 10, count: 10) + Array(repeating: 1e14, count: 10), 5),
        // Good losses that are equal.
        ([2, 2, 2, 2], 4), ([2, 2, 2, 5], 3), ([0, 0, 0, 0, 1e14], 4),
        // Losses that grow evenly have no gap.
        ((0..<30).map { Double($0) }, 30), ((0..<30).map { 1 + 0.1 * Double($0 * $0) }, 30),
        // Two losses do not show how far losses lie apart.
        ([], 0), ([1], 1), ([1, 1e14], 2), ([1, 2, 1e14], 3),
    ]

    static let cases: [([Double], Int)] =
        [10, 1000, 1e10, 1e100, 1e300, .greatestFiniteMagnitude].flatMap(penalised) + others

    /// The number of good losses, whose noise has an unknown variance.
    private static func count(_ losses: [Double]) -> Int {
        GoodLosses(among: losses.sorted().map { ($0, nil) }).count
    }

    @Test("Penalties and outliers are bad, others are good", arguments: cases)
    func counts(losses: [Double], count: Int) {
        #expect(Self.count(losses) == count)
    }

    @Test("Neither the unit nor the zero of the losses matters", arguments: cases)
    func invariance(losses: [Double], count: Int) {
        for factor in [0x1p-600, 0x1p-60, 0x1p600] {
            let scaled = losses.map { $0 * factor }
            guard scaled.allSatisfy({ $0.isFinite }) else { continue }
            #expect(Self.count(scaled) == count)
        }
        let moved = losses.map { $0 + 1024 }
        #expect(Self.count(moved) == count)
    }

    @Test(
        "Of random points of a smooth function, at most few are bad",
        arguments: [TestProblem.branin, .ackley(2), .ackley(10), .sphere(5)], [10, 20, 40, 200])
    func smooth(problem: TestProblem, size: Int) {
        let counts = (0..<100).map { seed in
            Self.count(problem.points(size, seed: UInt32(seed)).map(problem.loss))
        }
        #expect(counts.reduce(0, +) >= 95 * size)
        #expect(counts.count { $0 < size } <= 10)
    }

    /// Losses with the standard deviations of their noise, and the number of good ones.
    static let known: [([(Double, Double)], Int)] = {
        let good = [(0.2900, 0.002), (0.2911, 0.002), (0.2925, 0.003), (0.2960, 0.002)]
        return [
            // The forecast of a trial that was stopped early is uncertain.
            (good + [(0.368, 0.022)], 5), (good + [(0.368, 0.0)], 4), (good + [(0.368, 0.002)], 4),
            (good + [(2.3, 0.022)], 4),
            // The noise of the losses below explains the gap.
            ([(0.30, 0.1), (0.301, 0.1), (0.302, 0.1), (0.303, 0.1), (0.6, 0)], 5),
            // Of losses without spread, known noise alone says how far they may lie apart.
            ([(0.3, 0.1), (0.3, 0.1), (0.3, 0.1), (0.6, 0)], 4), ([(0.3, 0), (0.3, 0), (0.3, 0), (0.6, 0.1)], 3),
            // One fold of five is 1e10, and its noise as large.
            (good + [(2e9, 2e9)], 4), (good + [(2e299, 2e150)], 4),
        ]
    }()

    @Test("Known noise may explain a gap", arguments: known)
    func knownNoise(losses: [(Double, Double)], count: Int) {
        #expect(GoodLosses(among: losses.map { ($0, $1 * $1) }).count == count)
    }
}
