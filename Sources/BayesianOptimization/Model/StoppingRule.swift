import GaussianProcess
import Platform

/// Why more evaluations are not worth it: the next one is expected to lower the loss by less than a threshold.
public enum StopReason: Sendable, Equatable, Codable, CustomStringConvertible {
    /// The losses are exact; the threshold is a ten-thousandth of their standard deviation.
    case belowSpread(improvement: Double, threshold: Double)

    /// The losses are noisy; the threshold is a third of the standard deviation of the noise of the best trial.
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
        // A power of ten that is a whole number divides without leaving digits of its own.
        let decimals = 1 - log10(number).rounded(.down)
        let scale = pow(10, abs(decimals))
        return "\(decimals >= 0 ? (number * scale).rounded() / scale : (number / scale).rounded() * scale)"
    }
}

extension SurrogateFit {
    /// Why the search may end; none while it should not.
    ///
    /// The uncertainty of the best is no measure: it shrinks as the improvement does, and a search would never end.
    func stopReason() -> StopReason? {
        let losses = ledger.trials.compactMap(\.loss)
        let axes = ledger.map.space.axes.count
        guard settings.stops, losses.count > settings.initialTrials(axes: axes) + axes else { return nil }
        let mean = losses.reduce(0, +) / Double(losses.count)
        let spread = (losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count)).squareRoot()
        var stream = stream
        let greatest = MultistartSearch(briefly: self, .logExpectedImprovement(incumbent: incumbent)).maximize(
            near: centers, stream: &stream)
        let improvement = exp(greatest.value) / transform.derivative(at: recommendation().mean)
        let threshold = isNoiseFree ? 1e-4 * spread : noiseOfBest() / 3
        guard improvement < threshold else { return nil }
        return isNoiseFree
            ? .belowSpread(improvement: improvement, threshold: threshold)
            : .belowNoise(improvement: improvement, threshold: threshold)
    }

    /// The standard deviation of the noise in the loss of the best trial, as far as that is known, otherwise as it was estimated.
    private func noiseOfBest() -> Double {
        guard let best = ledger.best, let (loss, variance) = best.outcome else { return 0 }
        return variance?.squareRoot() ?? posterior.hyperparameters.noise.squareRoot() / transform.derivative(at: loss)
    }
}
