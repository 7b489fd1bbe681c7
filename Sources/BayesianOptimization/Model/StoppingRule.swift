import GaussianProcess
import Platform

/// The reason to end a search: the next evaluation is expected to lower the loss by less than a threshold.
public enum StopReason: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Losses are exact; the threshold is a ten-thousandth of their standard deviation.
    case belowSpread(improvement: Double, threshold: Double)

    /// Losses are noisy; the threshold is a third of the standard deviation of the noise of the best trial.
    case belowNoise(improvement: Double, threshold: Double)

    /// All losses so far are equal.
    case neverChanges(count: Int)

    /// Every point of a finite space has been evaluated, and losses are exact.
    case exhausted(count: Int)

    /// The reason as a clause.
    public var description: String {
        switch self {
        case .belowSpread(let improvement, let threshold):
            Self.sentence(improvement, threshold, "a ten-thousandth of the spread of the losses")
        case .belowNoise(let improvement, let threshold):
            Self.sentence(improvement, threshold, "a third of the noise of the best")
        case .neverChanges(let count): "all \(count) losses are equal"
        case .exhausted(let count): "all \(count) points of the space are evaluated"
        }
    }

    private static func sentence(_ improvement: Double, _ threshold: Double, _ words: String) -> String {
        "the next evaluation is expected to lower the loss by \(short(improvement)), less than \(words) "
            + "(\(short(threshold)))"
    }

    /// A number with two significant digits.
    private static func short(_ number: Double) -> String {
        guard number > 0, number.isFinite else { return "\(number)" }
        // Division by a power of ten that is a whole number gives the decimal fraction without a rounding error of the
        // power.
        let decimals = 1 - log10(number).rounded(.down)
        let scale = pow(10, abs(decimals))
        return "\(decimals >= 0 ? (number * scale).rounded() / scale : (number / scale).rounded() * scale)"
    }
}

extension SurrogateFit {
    /// The reason to end the search; `nil` while it should continue.
    ///
    /// The threshold is not the uncertainty of the best point: that shrinks together with the improvement, and a search
    /// would never end. Estimated noise is no reason unless something supports it (``NoiseSupport``): where roughness is taken
    /// for noise, little is known, and the expected improvement is small all the same.
    func stopReason() -> StopReason? {
        guard settings.stops else { return nil }
        if isExhausted, !noiseSupport.isNoisy { return .exhausted(count: ledger.trials.count) }
        let losses = good.compactMap { ledger.trials[$0].loss }
        let axes = ledger.map.space.axes.count
        let enough = settings.initialTrials(axes: axes) + axes
        if losses.count > 2 * enough, losses.allSatisfy({ $0 == losses[0] }) {
            return .neverChanges(count: losses.count)
        }
        guard losses.count > enough, isNoiseFree || noiseSupport.isSupported, leftOut?.arePredicted ?? false else {
            return nil
        }
        let targets = losses.map(transform.apply)
        let mean = targets.reduce(0, +) / Double(targets.count)
        let spread = (targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(targets.count)).squareRoot()
        var stream = stream
        let greatest = MultistartSearch(briefly: self, .logExpectedImprovement(incumbent: incumbent)).maximize(
            near: centers, stream: &stream)
        let improvement = exp(greatest.value)
        let threshold = isNoiseFree ? 1e-4 * spread : noiseOfBest() / 3
        guard improvement < threshold else { return nil }
        let best = recommendation().mean
        let (inLoss, thresholdInLoss) = (
            transform.inverseDeviation(improvement, at: best), transform.inverseDeviation(threshold, at: best)
        )
        return isNoiseFree
            ? .belowSpread(improvement: inLoss, threshold: thresholdInLoss)
            : .belowNoise(improvement: inLoss, threshold: thresholdInLoss)
    }

    /// The standard deviation of the noise in the transformed loss of the best trial: the known one, or else the estimate.
    private func noiseOfBest() -> Double {
        guard let best = ledger.best, let (loss, variance) = best.outcome else { return 0 }
        return variance.map { transform.deviation($0.squareRoot(), at: loss) }
            ?? posterior.hyperparameters.noise.squareRoot()
    }
}
