import GaussianProcess

/// A model of the loss over the parameters, with the acquisition function that says where to look next.
public struct Surrogate: Sendable {
    /// The length scale of each parameter, in the order of the space: a number's in units of the distance of its bounds, on
    /// its scale, or in its own units in ``Configuration/reference``; different choices are a distance of 1 apart.
    public var lengthScales: [Double] { fit.posterior.hyperparameters.lengthScales }

    /// The estimated variance of noise that is not known, in units of the variance of the transformed losses.
    public var noiseLevel: Double { fit.posterior.hyperparameters.noise }

    /// The logarithm of the marginal likelihood of the transformed losses, in nats.
    public var logMarginalLikelihood: Double { fit.posterior.logMarginalLikelihood }

    /// Whether the losses are believed to be exact.
    public var isNoiseFree: Bool { fit.isNoiseFree }

    /// What the acquisition function is called.
    public var acquisitionName: String { fit.configuration.acquisition.name }

    let fit: SurrogateFit

    /// The mean and standard deviation of the loss at each point: without noise, or with it in ``Configuration/reference``.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func predict(
        _ points: [[String: ParameterValue]]
    ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
        fit.predict(at: try features(points))
    }

    /// The acquisition function at each point.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func acquisition(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [Double] {
        let function = fit.function(incumbent: fit.incumbent)
        return fit.posterior.predict(at: try features(points)).map { function.evaluate($0).value }
    }

    private func features(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [[Double]] {
        let map = fit.ledger.map
        var features: [[Double]] = []
        for point in points {
            features.append(
                map.features(
                    atPositions: try map.space.positions(of: point, allowsOutside: map.isInNaturalUnits)))
        }
        return features
    }
}
