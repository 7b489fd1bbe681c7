import GaussianProcess
import Platform

/// How well each loss is predicted by all the others: the check of a surrogate against its own data.
struct LeftOutLosses: Sendable {
    /// The transformed losses.
    private let targets: [Double]

    /// The prediction of each by the others.
    private let predictions: [Prediction]

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
        targets = Array(posterior.observations.targets.prefix(count))
        predictions = Array(posterior.leaveOneOut().prefix(count))
    }

    /// The factor of the predicted variance at a point.
    ///
    /// Objectives are often steeper near their minimum than elsewhere. Where left-out losses near the point lie further from their
    /// predictions than those say, the variance is larger: by the average of the squared errors in units of the predicted
    /// variances, weighted with a power of the correlations with the point, if that average is above 1.
    func varianceFactor(at features: [Double], _ posterior: MaternPosterior) -> Double {
        let correlations = posterior.correlations(at: features).prefix(targets.count)
        guard let highest = correlations.max(), highest > 0 else { return Self.inflation }
        var (sum, weights) = (Self.priorWeight, Self.priorWeight)
        for (index, correlation) in correlations.enumerated() {
            let error = (targets[index] - predictions[index].mean) / predictions[index].standardDeviation
            let weight = pow(correlation / highest, Self.locality)
            weights += weight
            sum += weight * error * error
        }
        return Self.inflation * max(sum / weights, 1)
    }

    /// Whether the model predicts them better than their mean does.
    ///
    /// A model that does not has learned nothing, and its expected improvement means nothing.
    var arePredicted: Bool {
        let mean = targets.reduce(0, +) / Double(targets.count)
        // The mean of the others differs from the target by n/(n − 1) times the difference from the mean of all.
        let factor = Double(targets.count) / Double(targets.count - 1)
        var (byModel, byMean) = (0.0, 0.0)
        for (target, prediction) in zip(targets, predictions) {
            byModel += (target - prediction.mean) * (target - prediction.mean)
            byMean += factor * factor * (target - mean) * (target - mean)
        }
        return byModel < byMean
    }
}
