import NumPyRandom
import Studies
import Testing

/// The noise of means over shared folds.
struct FoldNoiseTests {
    /// Independent numbers between −1 and 1.
    private func noise(_ trial: Int, _ fold: Int) -> Double {
        var random = RandomState(key: [UInt32(trial), UInt32(fold)])
        return random.uniform(-1, 1)
    }

    @Test("Effects that all trials share do not count as noise")
    func sharedEffects() throws {
        let effects = [0.3, -0.1, 0.05, -0.2, -0.05]
        let exact = (0..<6).map { trial in effects.map { 0.3 + 0.1 * Double(trial) + $0 } }
        for variance in try #require(FoldNoise.variances(exact)) { #expect(variance < 1e-30) }

        // The variances are those of the residuals for all effects.
        func losses(_ factor: Double) -> [[Double]] {
            (0..<6).map { trial in (0..<5).map { 0.3 + factor * effects[$0] + 0.01 * noise(trial, $0) } }
        }
        let without = try #require(FoldNoise.variances(losses(0)))
        let with = try #require(FoldNoise.variances(losses(10)))
        for (one, other) in zip(without, with) { #expect(abs(one - other) < 1e-12) }
    }

    /// The variance of uniform noise within ±a is a²/3, and that of the mean of five folds is a fifth of it.
    @Test("The estimate is unbiased")
    func unbiased() throws {
        let losses = (0..<2000).map { trial in (0..<5).map { 1 + 0.1 * noise(trial, $0) } }
        let variances = try #require(FoldNoise.variances(losses))
        let mean = variances.reduce(0, +) / Double(variances.count)
        #expect(abs(mean / (0.01 / 3 / 5) - 1) < 0.05)
        // The same holds on average for few trials.
        let few = stride(from: 0, to: 2000, by: 4).map { FoldNoise.variances(Array(losses[$0..<$0 + 4])) ?? [] }
        let fewMean = few.joined().reduce(0, +) / 2000
        #expect(abs(fewMean / mean - 1) < 0.02)
    }

    @Test("The variance of a noisy trial is higher, but below its sample variance")
    func pooling() throws {
        var losses = (0..<8).map { trial in (0..<5).map { 0.3 + 0.01 * noise(trial, $0) } }
        losses[2] = losses[2].enumerated().map { 0.3 + ($0.offset.isMultiple(of: 2) ? 0.1 : -0.1) }
        let variances = try #require(FoldNoise.variances(losses))
        for (trial, variance) in variances.enumerated() where trial != 2 { #expect(variance < variances[2]) }
        let own = 0.012 / 5  // The sample variance of the mean over its folds.
        #expect(variances[2] < own)
    }

    @Test("One trial, one fold")
    func limits() throws {
        let one = try #require(FoldNoise.variances([[0.2, 0.4]]))
        #expect(abs(one[0] - 0.5 * 0.02 / 2) < 1e-15)
        #expect(FoldNoise.variances([[0.2], [0.3]]) == nil)
        #expect(FoldNoise.variances([]) == nil)
    }
}
