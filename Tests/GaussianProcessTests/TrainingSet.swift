import Foundation
import GaussianProcess

/// Observations as scikit-learn's `normalize_y=True` and `alpha` have them.
struct TrainingSet: Sendable {
    var observations: Observations
    var mean: Double
    var deviation: Double

    /// Added to every diagonal element of the covariance.
    var alpha = 0.01

    init(points: [[Double]], _ values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        let magnitude = values.map(abs).max() ?? 0
        let deviation = spread <= 10 * Double.ulpOfOne * magnitude ? 1 : spread
        observations = Observations(axes: Array(points[0].indices))
        for (point, value) in zip(points, values) {
            observations.append(point, target: (value - mean) / deviation, knownVariance: nil)
        }
        self.mean = mean
        self.deviation = deviation
    }

    /// Observations on a line.
    init(_ xs: [Double], _ values: [Double]) { self.init(points: xs.map { [$0] }, values) }

    /// The process at some hyperparameters, with a variance of 1 and no mean, as scikit-learn has it.
    func posterior(_ lengthScales: [Double], noise: Double) throws(GaussianProcessError) -> MaternPosterior {
        try posterior(MaternHyperparameters(lengthScales: lengthScales, variance: 1, noise: noise))
    }

    func posterior(_ hyperparameters: MaternHyperparameters) throws(GaussianProcessError) -> MaternPosterior {
        try MaternPosterior(
            of: observations, hyperparameters: hyperparameters, meanVariance: 0, jitter: alpha, predictsNoise: true)
    }

    /// The log marginal likelihood, and its derivatives by the logarithms of the length scales and of the noise.
    func likelihood(_ lengthScales: [Double], noise: Double) -> (value: Double, gradient: [Double]) {
        var workspace = MarginalLikelihood.Workspace()
        var (value, gradient) = MarginalLikelihood(of: observations, meanVariance: 0, jitter: alpha)
            .evaluate(lengthScales.map { log($0) } + [0, log(noise)], in: &workspace)
        gradient.remove(at: lengthScales.count)
        return (value, gradient)
    }
}
