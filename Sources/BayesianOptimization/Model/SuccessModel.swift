import GaussianProcess
import Platform

/// The probability that an evaluation succeeds, over the parameters.
///
/// A trial that failed, or whose loss is bad (``GoodLosses``), says where not to look, and nothing about losses elsewhere. So it
/// takes no part in the model of the losses. As in constrained Bayesian optimisation (M. A. Gelbart, J. Snoek, R. P. Adams,
/// "Bayesian optimization with unknown constraints", arXiv 1403.5607), the acquisition function is multiplied by the
/// probability of success.
///
/// A least-squares classifier (Rasmussen & Williams, section 6.5) gives it: the regression of labels, 0 for a success and −1
/// for a failure, with another Matérn process. Its mean plus 1 is an estimate of the probability. Failures by chance become
/// noise of the labels, and a region of failures becomes signal.
struct SuccessModel: Sendable {
    private let posterior: MaternPosterior

    /// The least probability that counts in full; below it the logarithm is continued by its tangent.
    ///
    /// A regression of labels is not limited to probabilities.
    private static let floor = 0.02

    /// Fits a model to labelled points.
    ///
    /// Of many points, it has an even choice.
    ///
    /// - Throws: `GaussianProcessError`.
    init(
        successes: [[Double]], failures: [[Double]], axes: [Int], settings: SurrogateSettings
    ) throws(GaussianProcessError) {
        var observations = Observations(axes: axes)
        for features in successes { observations.append(features, target: 0, knownVariance: nil) }
        for features in failures { observations.append(features, target: -1, knownVariance: nil) }
        observations = observations.spread(limit: settings.exactLimit)
        let hyperparameters = settings.successSearch(axes: observations.axisCount).fit(
            to: observations.spread(limit: settings.fitLimit), meanVariance: Self.meanVariance,
            jitter: settings.jitters[0]
        ) { ($0.lowerBound + $0.upperBound) / 2 }
        posterior = try MaternPosterior(
            of: observations, hyperparameters: hyperparameters, meanVariance: Self.meanVariance)
    }

    /// The prior variance of the mean label: failures are the exception, until there are several.
    private static let meanVariance = 0.25

    /// The probabilities of success at some points, from 0 to 1.
    func probabilities(at points: [[Double]]) -> [Double] { points.map { min(max(1 + posterior.mean(at: $0), 0), 1) } }

    /// The logarithm of the probability at a point.
    func logProbability(at features: [Double]) -> Double { Self.logarithm(posterior.mean(at: features)).value }

    /// The same with its derivatives by the features.
    func logProbabilityWithGradient(at features: [Double]) -> (value: Double, gradient: [Double]) {
        let (mean, gradient) = posterior.meanWithGradient(at: features)
        let (value, derivative) = Self.logarithm(mean)
        return (value, gradient.map { $0 * derivative })
    }

    private static func logarithm(_ label: Double) -> (value: Double, derivative: Double) {
        let probability = 1 + label
        if probability >= 1 { return (0, 0) }
        if probability >= floor { return (log(probability), 1 / probability) }
        return (log(floor) + (probability - floor) / floor, 1 / floor)
    }
}
