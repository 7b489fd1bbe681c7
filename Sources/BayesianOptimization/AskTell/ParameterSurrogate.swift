import GaussianProcess

/// A model of the loss over the parameters, with the acquisition function that says where to look next.
public struct ParameterSurrogate: Sendable {
    private let space: ParameterSpace
    private let fitted: FittedSurrogate
    private let function: AcquisitionFunction

    init(space: ParameterSpace, fitted: FittedSurrogate, function: AcquisitionFunction) {
        self.space = space
        self.fitted = fitted
        self.function = function
    }

    /// The length scale of each parameter, in the order of the space: a number's in units of the distance of its bounds, on
    /// its scale; different choices are a distance of 1 apart.
    public var lengthScales: [Double] { fitted.posterior.hyperparameters.lengthScales }

    /// The estimated variance of noise that is not known, in units of the variance of the transformed losses.
    public var noiseLevel: Double { fitted.posterior.hyperparameters.noise }

    /// The logarithm of the marginal likelihood of the transformed losses, in nats.
    public var logMarginalLikelihood: Double { fitted.posterior.logMarginalLikelihood }

    /// Whether the losses are believed to be exact.
    public var isNoiseFree: Bool { fitted.isNoiseFree }

    /// The mean and standard deviation of the loss at each point, without noise.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func predict(
        _ points: [[String: ParameterValue]]
    ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
        predict(features: try features(points))
    }

    /// The acquisition function at each point.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func acquisition(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [Double] {
        fitted.posterior.predict(at: try features(points)).map { function.evaluate($0).value }
    }

    /// Mean and standard deviation in units of the loss.
    ///
    /// Where the outcome transform bends, the mean is the loss at the mean of what was transformed, and the deviation is
    /// that of the tangent.
    func predict(features: [[Double]]) -> [(mean: Double, standardDeviation: Double)] {
        fitted.posterior.predict(at: features).map { prediction in
            let mean = fitted.transform.invert(prediction.mean)
            return (mean, prediction.standardDeviation / fitted.transform.slope(at: mean))
        }
    }

    private func features(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [[Double]] {
        var features: [[Double]] = []
        for point in points { features.append(space.features(at: try space.coordinates(of: point))) }
        return features
    }
}
