import GaussianProcess
import Platform

/// How well each loss is predicted by all the others: the check of a surrogate against its own data.
struct LeftOutLosses: Sendable {
    /// Whether the model predicts them better than their mean does.
    ///
    /// A model that does not has learned nothing, and its expected improvement means nothing.
    let arePredicted: Bool

    /// The squared error of each prediction, in units of its variance.
    private let squaredErrors: [Double]

    /// The factor of predicted variances everywhere.
    ///
    /// Hyperparameters are taken as known, and objectives are less uniform than a Matérn process; with 2 the intervals cover what
    /// they should (<doc:Calibration>).
    private static let inflation = 2.0

    /// The weight of a factor of 1 among the squared errors near a point, where the nearest loss has a weight of 1.
    private static let priorWeight = 0.5

    /// The power of a correlation that is the weight of a loss.
    ///
    /// With long length scales all losses are correlated; with 12 the nearest ones count.
    private static let locality = 12.0

    /// Leaves out one loss after the other.
    ///
    /// - Parameter count: The number of observations, from the first one, that are losses of trials.
    init(of posterior: MaternPosterior, count: Int) {
        let targets = posterior.observations.targets.prefix(count)
        let mean = targets.reduce(0, +) / Double(count)
        // The mean of the others differs from the target by n/(n − 1) times the difference from the mean of all.
        let factor = Double(count) / Double(count - 1)
        var (byModel, byMean) = (0.0, 0.0)
        squaredErrors = zip(targets, posterior.leaveOneOut()).map { target, prediction in
            let error = target - prediction.mean
            byModel += error * error
            byMean += factor * factor * (target - mean) * (target - mean)
            let standardised = error / prediction.standardDeviation
            return standardised * standardised
        }
        arePredicted = byModel < byMean
    }

    /// The factor of the predicted variance at a point.
    ///
    /// Objectives are often steeper near their minimum than elsewhere. Where left-out losses near the point lie further from their
    /// predictions than those say, the variance is larger: by the average of the squared errors in units of the predicted
    /// variances, weighted with a power of the correlations with the point, if that average is above 1.
    func varianceFactor(at features: [Double], _ posterior: MaternPosterior) -> Double {
        let correlations = posterior.correlations(at: features).prefix(squaredErrors.count)
        guard let highest = correlations.max(), highest > 0 else { return Self.inflation }
        var (sum, weights) = (Self.priorWeight, Self.priorWeight)
        for (correlation, square) in zip(correlations, squaredErrors) {
            let weight = pow(correlation / highest, Self.locality)
            weights += weight
            sum += weight * square
        }
        return Self.inflation * max(sum / weights, 1)
    }
}
