import Platform

/// Predicts the final loss of a training from the losses after its first epochs, and decides whether it continues.
///
/// All trials share their folds, and trials of the same replicate share their orders of samples. So a trial is compared
/// with the best completed one, fold by fold. With d its distance from the best after epoch e (both as means over the
/// folds) and D the distance after the last epoch,
///
///     D = β d + ε,   β ~ N(0.6, 0.25²),   ε ~ N(0, σ²):
///
/// training lowers the distance between trials by a factor that is learned from the completed trials (Bayesian linear
/// regression; C. M. Bishop, "Pattern Recognition and Machine Learning", section 3.3). σ² is the residual variance of
/// these trials, pooled with the noise of the folds: the variance of the mean of their distances from the best. Few
/// folds may agree by chance, so a twentieth of the best loss counts as one more such deviation.
///
/// A diverged fold predicts the frequencies of the classes, so its loss is far from all others. That distance is not
/// noise, so σ² leaves out the folds of such a trial.
///
/// A training is stopped when the probability of D < 0, that it ends below the best, is less than a threshold.
package struct EarlyStopping: Sendable {
    /// The prior of β.
    private static let slope = (mean: 0.6, variance: 0.25 * 0.25)

    /// The weight of the folds' noise in σ², as a number of completed trials.
    private static let noiseWeight = 4.0

    /// The prior deviation of a mean over folds, as a fraction of the best loss.
    private static let expectedDeviation = 0.05

    /// A training with a smaller probability of beating the best is stopped.
    private static let threshold = 0.1

    /// A fold with at least this loss has diverged.
    private let divergedLoss: Double

    /// The losses of the completed trials, `[trial][fold][epoch]`.
    private var completed: [[[Double]]] = []

    /// Creates a rule without trials, which stops no training.
    ///
    /// - Parameter divergedLoss: A fold with at least this loss has diverged.
    package init(divergedLoss: Double = .infinity) {
        self.divergedLoss = divergedLoss
    }

    /// Adds a trial that was trained to its last epoch.
    ///
    /// - Parameter losses: Its validation losses, `[fold][epoch]`; ignored unless all are finite.
    package mutating func learn(_ losses: [[Double]]) {
        guard !losses.isEmpty, losses.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else { return }
        completed.append(losses)
    }

    /// Whether a training stops.
    ///
    /// - Parameter losses: Its validation losses so far, `[fold][epoch]`.
    package func stops(_ losses: [[Double]]) -> Bool {
        guard let (distance, _) = finalDistance(losses) else { return false }
        // A loss that is not finite does not become finite again.
        guard distance.mean.isFinite else { return true }
        return 0.5 * erfc(distance.mean / distance.std * 0.5.squareRoot()) < Self.threshold
    }

    /// The predicted mean loss after the last epoch.
    ///
    /// - Parameter losses: The validation losses so far, `[fold][epoch]`.
    /// - Returns: `nil` without a completed trial, and for losses that are not finite.
    package func forecast(of losses: [[Double]]) -> TrialRecord.Forecast? {
        guard let (distance, best) = finalDistance(losses), distance.mean.isFinite else { return nil }
        return TrialRecord.Forecast(mean: best + distance.mean, std: distance.std)
    }

    /// The predicted final distance of a training from the best completed trial, and the loss of that trial.
    private func finalDistance(_ losses: [[Double]]) -> (distance: TrialRecord.Forecast, best: Double)? {
        guard let epoch = losses.first.map({ $0.count - 1 }), epoch >= 0,
            let best = completed.min(by: { Self.mean($0, $0[0].count - 1) < Self.mean($1, $1[0].count - 1) }),
            best.count == losses.count, epoch < best[0].count - 1
        else { return nil }
        let last = best[0].count - 1
        let distance = Self.distance(losses, best, epoch)
        guard distance.mean.isFinite else {
            return (TrialRecord.Forecast(mean: .infinity, std: 0), Self.mean(best, last))
        }

        // The other completed trials determine β, by least squares with the prior, and σ², by the residuals and the
        // folds' noise.
        let others = completed.filter { $0 != best && $0.count == best.count && $0[0].count == best[0].count }
            .map { (now: Self.distance($0, best, epoch), end: Self.distance($0, best, last)) }
        let expected = Self.expectedDeviation * Self.mean(best, last)
        let isDiverged = losses.contains { $0[epoch] >= divergedLoss }
        let foldVariances =
            others.map { $0.now.variance + $0.end.variance } + (isDiverged ? [] : [2 * distance.variance])
            + [expected * expected]
        let foldVariance = foldVariances.reduce(0, +) / Double(foldVariances.count)
        func estimate(_ variance: Double) -> (slope: Double, variance: Double) {
            let precision = 1 / Self.slope.variance + others.reduce(0) { $0 + $1.now.mean * $1.now.mean } / variance
            let moment =
                Self.slope.mean / Self.slope.variance
                + others.reduce(0) { $0 + $1.now.mean * $1.end.mean } / variance
            return (moment / precision, 1 / precision)
        }
        func residualVariance(_ slope: Double) -> Double {
            let residuals = others.map { $0.end.mean - slope * $0.now.mean }
            return (Self.noiseWeight * foldVariance + residuals.reduce(0) { $0 + $1 * $1 })
                / (Self.noiseWeight + Double(others.count))
        }
        // β and σ² depend on each other; five iterations are enough to converge.
        var variance = max(foldVariance, 1e-12)
        for _ in 0..<5 { variance = max(residualVariance(estimate(variance).slope), 1e-12) }
        let slope = estimate(variance)
        return (
            TrialRecord.Forecast(
                mean: slope.slope * distance.mean,
                std: (slope.variance * distance.mean * distance.mean + variance).squareRoot()),
            Self.mean(best, last)
        )
    }

    /// The mean over the folds.
    private static func mean(_ losses: [[Double]], _ epoch: Int) -> Double {
        losses.reduce(0) { $0 + $1[epoch] } / Double(losses.count)
    }

    /// The mean distance of two trials after an epoch, and the variance of that mean from the folds.
    private static func distance(
        _ losses: [[Double]], _ best: [[Double]], _ epoch: Int
    ) -> (mean: Double, variance: Double) {
        let distances = zip(losses, best).map { $0[epoch] - $1[epoch] }
        let mean = distances.reduce(0, +) / Double(distances.count)
        guard distances.count > 1 else { return (mean, 0) }
        let squares = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(distances.count * (distances.count - 1)))
    }
}
