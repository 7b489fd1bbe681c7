/// What a Gaussian process predicts for an observation at one point.
package struct Prediction: Sendable, Equatable {
    /// The mean of the observation.
    package var mean: Double

    /// The standard deviation of the observation, white noise included.
    package var standardDeviation: Double
}

/// A Gaussian process conditioned on observations, at given hyperparameters.
///
/// Follows Rasmussen & Williams, "Gaussian Processes for Machine Learning", Algorithm 2.1, and numbers its lines. The
/// covariance of the standardised observations is K + noiseLevel I + diag(known variances), where K is the kernel's.
package struct Posterior<Covariance: Kernel>: Sendable {
    /// The covariance function, with its hyperparameters.
    package let kernel: Covariance

    /// The variance of the white noise, in units of the standardised observations.
    package let noiseLevel: Double

    /// The logarithm of the probability density of the standardised observations: log p(y | X), in nats.
    package let logMarginalLikelihood: Double

    /// The observations.
    package let trainingSet: TrainingSet

    private let factor: Cholesky
    private let weights: [Double]

    /// Conditions on observations, with these hyperparameters as they are.
    ///
    /// - Throws: ``GaussianProcessError``, foremost
    ///   ``GaussianProcessError/notPositiveDefinite(order:)`` where points repeat and no noise is assumed.
    package init(
        of trainingSet: TrainingSet, kernel: Covariance, noiseLevel: Double
    ) throws(GaussianProcessError) {
        let marginal = try MarginalLikelihood(of: trainingSet, kernel: kernel, noiseLevel: noiseLevel)
        self.trainingSet = trainingSet
        self.kernel = kernel
        self.noiseLevel = noiseLevel
        logMarginalLikelihood = marginal.value
        factor = marginal.factor
        weights = marginal.weights
    }

    /// The predicted mean and standard deviation of an observation at each of the points.
    ///
    /// As in scikit-learn, the covariance between a new observation and an old one holds no noise, even at the same point;
    /// the variance of the new one holds the white noise, but none of the variances known for the old ones.
    ///
    /// - Throws: ``GaussianProcessError/invalidPoints(_:)`` for points of another dimension or that are not finite.
    package func predict(at points: Points) throws(GaussianProcessError) -> [Prediction] {
        if points.dimension != trainingSet.points.dimension {
            throw .invalidPoints("points have \(points.dimension) dimensions, not \(trainingSet.points.dimension)")
        }
        if let coordinate = points.coordinates.first(where: { !$0.isFinite }) {
            throw .invalidPoints("a point has the coordinate \(coordinate)")
        }
        let cross = kernel.covariance(of: trainingSet.points, with: points)
        let whitened = factor.forwardSubstitute(cross)  // line 5: v = L \ k*
        return (0..<points.count).map { index in
            let mean = dot(cross.column(index), weights)  // line 4: k*ᵀ α
            let explained = dot(whitened.column(index), whitened.column(index))
            return prediction(mean: mean, variance: kernel.variance + noiseLevel - explained)  // line 6
        }
    }

    /// The prediction at one point, with the derivatives of its mean and standard deviation by the coordinates.
    ///
    /// - Parameter point: d finite coordinates.
    package func predictWithGradient(
        at point: [Double]
    ) throws(GaussianProcessError) -> (prediction: Prediction, mean: [Double], standardDeviation: [Double]) {
        let position = Points(dimension: trainingSet.points.dimension, coordinates: point)
        let prediction = try predict(at: position)[0]
        let cross = kernel.covariance(of: trainingSet.points, with: position)
        let solved = try factor.solve(cross.elements)
        let slopes = kernel.spatialGradient(at: point, with: trainingSet.points)

        // d mean = dk*ᵀ α and d variance = −2 dk*ᵀ K⁻¹ k*, in standardised units.
        let scale = trainingSet.scaling.deviation
        let mean = point.indices.map { scale * dot(slopes.column($0), weights) }
        let standardDeviation = point.indices.map { axis in
            prediction.standardDeviation > 0
                ? -scale * scale * dot(slopes.column(axis), solved) / prediction.standardDeviation : 0
        }
        return (prediction, mean, standardDeviation)
    }

    /// Undoes the standardisation; a variance that rounding made negative is 0.
    private func prediction(mean: Double, variance: Double) -> Prediction {
        let scaling = trainingSet.scaling
        return Prediction(
            mean: scaling.deviation * mean + scaling.mean,
            standardDeviation: scaling.deviation * max(variance, 0).squareRoot())
    }
}
