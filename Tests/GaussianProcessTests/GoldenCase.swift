import Foundation
import GaussianProcess
import TestSupport
import Testing

/// One case of `Golden/scikit-learn.json`, which `scripts/make-scikit-learn-golden` writes.
struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    /// A model with given hyperparameters, in scikit-learn's words.
    struct Model: Decodable, Sendable {
        var lengthScales: [Double]
        var noiseLevel: Double
        var logMarginalLikelihood: Double
        var gradient: [Double]
        var mean: [Double]
        var std: [Double]
    }

    var name: String
    var dimension: Int
    var points: [Double]
    var values: [Double]
    var grid: [Double]
    var fixed: Model
    var bestLogMarginalLikelihood: Double?

    var testDescription: String { name }

    /// The observations.
    var trainingSet: TrainingSet {
        TrainingSet(
            points: stride(from: 0, to: points.count, by: dimension).map { Array(points[$0..<$0 + dimension]) }, values)
    }

    /// The points that scikit-learn predicted at.
    var places: [[Double]] {
        stride(from: 0, to: grid.count, by: dimension).map { Array(grid[$0..<$0 + dimension]) }
    }

    /// Our process at the same hyperparameters.
    var posterior: MaternPosterior {
        get throws { try trainingSet.posterior(fixed.lengthScales, noise: fixed.noiseLevel) }
    }

    static let all: [GoldenCase] = GoldenJSON.cases("scikit-learn.json", in: .module)

    /// The cases that scikit-learn also fitted.
    static let fitted = all.filter { $0.bestLogMarginalLikelihood != nil }
}
