import Foundation
import GaussianProcess
import TestSupport
import Testing

/// One case of `Golden/posterior.json`, which `scripts/make-botorch-golden` writes.
struct PosteriorGolden: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var dimension: Int
    var points: [[Double]]
    var targets: [Double]
    var noises: [Double]
    var lengthScales: [Double]
    var variance: Double
    var meanVariance: Double
    var places: [[Double]]
    var means: [Double]
    var standardDeviations: [Double]
    var logMarginalLikelihood: Double
    var varianceGradient: Double
    var lengthScaleGradient: [Double]
    var incumbent: Double?
    var logExpectedImprovement: [Double]?
    var logExpectedImprovementGradient: [[Double]]?

    var testDescription: String { name }

    /// The observations, with known noise or with noise that is to be estimated.
    func observations(isNoiseKnown: Bool = true) -> Observations {
        var observations = Observations(axes: Array(0..<dimension))
        for (index, point) in points.enumerated() {
            observations.append(point, target: targets[index], knownVariance: isNoiseKnown ? noises[index] : nil)
        }
        return observations
    }

    func posterior() throws -> MaternPosterior {
        try MaternPosterior(
            of: observations(),
            hyperparameters: MaternHyperparameters(lengthScales: lengthScales, variance: variance, noise: 1),
            meanVariance: meanVariance, jitter: 0)
    }

    static let all: [PosteriorGolden] = GoldenJSON.cases("posterior.json", in: .module)
}
