import GaussianProcess
import Platform

/// The reason to end a search: the next evaluation is expected to lower the loss by less than a threshold.
public enum StopReason: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Losses are exact; the threshold is a ten-thousandth of their standard deviation.
    case belowSpread(improvement: Double, threshold: Double)

    /// Losses are noisy; the threshold is a third of the standard deviation of the noise of the best trial.
    case belowNoise(improvement: Double, threshold: Double)

    /// The reason as a clause.
    public var description: String {
        switch self {
        case .belowSpread(let improvement, let threshold):
            Self.sentence(improvement, threshold, "a ten-thousandth of the spread of the losses")
        case .belowNoise(let improvement, let threshold):
            Self.sentence(improvement, threshold, "a third of the noise of the best")
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
    /// would never end.
    func stopReason() -> StopReason? {
        let losses = ledger.trials.compactMap(\.loss)
        let axes = ledger.map.space.axes.count
        guard settings.stops, losses.count > settings.initialTrials(axes: axes) + axes else { return nil }
        let mean = losses.reduce(0, +) / Double(losses.count)
        let spread = (losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count)).squareRoot()
        var stream = stream
        let greatest = MultistartSearch(briefly: self, .logExpectedImprovement(incumbent: incumbent)).maximize(
            near: centers, stream: &stream)
        let improvement = transform.inverseDeviation(exp(greatest.value), at: recommendation().mean)
        let threshold = isNoiseFree ? 1e-4 * spread : noiseOfBest() / 3
        guard improvement < threshold else { return nil }
        return isNoiseFree
            ? .belowSpread(improvement: improvement, threshold: threshold)
            : .belowNoise(improvement: improvement, threshold: threshold)
    }

    /// The standard deviation of the noise in the loss of the best trial: the known one, or else the estimate.
    private func noiseOfBest() -> Double {
        guard let best = ledger.best, let (loss, variance) = best.outcome else { return 0 }
        return variance?.squareRoot()
            ?? transform.inverseDeviation(posterior.hyperparameters.noise.squareRoot(), at: loss)
    }
}
