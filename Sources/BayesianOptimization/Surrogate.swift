import GaussianProcess

/// A model of the loss over the parameters, and the acquisition function that chooses the next point.
public struct Surrogate: Sendable {
    /// The length scale of each parameter, in the order of the space.
    ///
    /// Its unit is the distance between the bounds, on the scale of the parameter; in ``Configuration/reference`` it is
    /// the unit of the parameter itself. Different choices of a categorical parameter are a distance of 1 apart.
    public var lengthScales: [Double] { fit.posterior.hyperparameters.lengthScales }

    /// The estimated variance of unknown noise, in units of the variance of the transformed losses.
    public var noiseLevel: Double { fit.posterior.hyperparameters.noise }

    /// The logarithm of the marginal likelihood of the transformed losses, in nats.
    public var logMarginalLikelihood: Double { fit.posterior.logMarginalLikelihood }

    /// Whether the surrogate takes the losses as exact.
    public var isNoiseFree: Bool { fit.isNoiseFree }

    /// The name of the acquisition function.
    public var acquisitionName: String { fit.configuration.acquisition.name }

    let fit: SurrogateFit

    /// The mean and standard deviation of the loss at each point.
    ///
    /// The deviation excludes the noise of an observation. In ``Configuration/reference`` it includes the estimated
    /// noise.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func predict(
        _ points: [[String: ParameterValue]]
    ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
        fit.predict(at: try features(points))
    }

    /// The mean of the loss at each point, which is computed much faster than the deviation where there are many trials.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    package func means(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [Double] {
        try features(points).map { fit.transform.invert(fit.posterior.mean(at: $0)) }
    }

    /// The acquisition function at each point.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space.
    public func acquisition(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [Double] {
        fit.objective().values(atFeatures: try features(points))
    }

    /// Each loss that the surrogate is conditioned on, and its prediction by all the others, in units of the loss.
    ///
    /// The hyperparameters of the process are those of all losses. The deviation is that of the observation: it includes the
    /// noise. Of many trials these are the ones that the surrogate uses.
    package func leftOutPredictions() -> [(observed: Double, mean: Double, standardDeviation: Double)] {
        let targets = fit.posterior.observations.targets.prefix(fit.lossCount)
        return zip(targets, fit.posterior.leaveOneOut()).map { target, prediction in
            let mean = fit.transform.invert(prediction.mean)
            return (
                fit.transform.invert(target), mean,
                fit.transform.inverseDeviation(prediction.standardDeviation, at: mean)
            )
        }
    }

    private func features(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [[Double]] {
        let map = fit.ledger.map
        var features: [[Double]] = []
        for point in points {
            features.append(map.features(atPositions: try map.positions(of: point).positions))
        }
        return features
    }
}
