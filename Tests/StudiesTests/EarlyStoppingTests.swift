import Studies
import Testing

/// Early stopping of trainings.
struct EarlyStoppingTests {
    /// Losses of five folds that fall to a final value at constant distances, with a little noise of the folds.
    private func curves(_ final: Double, epochs: Int = 5, noise: Double = 0.005) -> [[Double]] {
        (0..<5).map { fold in
            (1...epochs).map { epoch in
                let falling = final * (1 + 0.5 / Double(epoch)) / 1.1
                let wobble = noise * Double((fold * 7 + epoch * 3 + Int(final * 1000)) % 5 - 2)
                return falling + 0.02 * Double(fold) + wobble
            }
        }
    }

    private func start(_ final: Double, after epochs: Int) -> [[Double]] {
        curves(final).map { Array($0.prefix(epochs)) }
    }

    @Test("Nothing is stopped without a completed trial")
    func nothingToCompareWith() {
        let rule = EarlyStopping()
        #expect(!rule.stops(start(2, after: 1)))
        #expect(rule.forecast(of: start(2, after: 1)) == nil)
    }

    @Test("A trial far above the best is stopped after the first epoch, one near it or below is not", arguments: 1...4)
    func distances(epochs: Int) {
        var rule = EarlyStopping()
        for final in [0.3, 0.5, 0.35, 0.9] { rule.learn(curves(final)) }
        #expect(rule.stops(start(0.6, after: epochs)))
        #expect(rule.stops(start(1.5, after: epochs)))
        #expect(!rule.stops(start(0.302, after: epochs)))
        #expect(!rule.stops(start(0.25, after: epochs)))
    }

    @Test("The forecast is within three of its deviations, which shrink with more trials")
    func forecasts() throws {
        var rule = EarlyStopping()
        rule.learn(curves(0.3))
        let early = try #require(rule.forecast(of: start(0.45, after: 2)))
        for final in [0.5, 0.35, 0.9, 0.4] { rule.learn(curves(final)) }
        let late = try #require(rule.forecast(of: start(0.45, after: 2)))
        let truth = curves(0.45).reduce(0) { $0 + $1[4] } / 5
        #expect(abs(early.mean - truth) < 3 * early.std)
        #expect(abs(late.mean - truth) < 3 * late.std)
        #expect(late.std < early.std / 2)
    }

    @Test(
        "A trial whose loss is not finite is stopped, and has no forecast",
        arguments: [Double.nan, .infinity])
    func notFinite(loss: Double) {
        var rule = EarlyStopping()
        rule.learn(curves(0.3))
        var losses = start(0.2, after: 2)
        losses[3][1] = loss
        #expect(rule.stops(losses))
        #expect(rule.forecast(of: losses) == nil)
        // The rule does not learn from it either.
        rule.learn(losses)
        #expect(!rule.stops(start(0.25, after: 2)))
    }

    @Test("A difference within the noise of the folds is no reason to stop")
    func noiseOfTheFolds() {
        var rule = EarlyStopping()
        rule.learn(curves(0.3))
        let close = curves(0.4, noise: 0.001).map { Array($0.prefix(3)) }
        let noisy = curves(0.4, noise: 0.15).map { Array($0.prefix(3)) }
        #expect(rule.stops(close))
        #expect(!rule.stops(noisy))
    }

    @Test("A diverged fold does not count as noise")
    func deadFolds() {
        var (blind, seeing) = (EarlyStopping(), EarlyStopping(divergedLoss: 2.1875))
        blind.learn(curves(0.3))
        seeing.learn(curves(0.3))
        var losses = start(0.3, after: 1)
        losses[2] = [2.303]
        losses[4] = [2.305]
        #expect(!blind.stops(losses))
        #expect(seeing.stops(losses))
    }

    @Test("Nothing is decided after the last epoch, or for other folds")
    func misfits() {
        var rule = EarlyStopping()
        rule.learn(curves(0.3))
        #expect(!rule.stops(curves(2)))
        #expect(!rule.stops(Array(start(2, after: 1).prefix(3))))
        #expect(!rule.stops([]))
    }
}
