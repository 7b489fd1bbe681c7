import Platform

/// A Matérn process with a constant mean, conditioned on observations, at given hyperparameters.
///
/// The observations y have the covariance K + c 1 1ᵀ + diag(v) + j s I: K is the Matérn covariance (`MaternCovariance`), c the
/// prior variance of the constant mean, v the known variances, or else the estimated noise, j the jitter, and s the variance
/// of the process. Rasmussen & Williams, Algorithm 2.1 and section 2.7.
package struct MaternPosterior: Sendable {
    /// The hyperparameters.
    package let hyperparameters: MaternHyperparameters

    /// The observations.
    package private(set) var observations: Observations

    private let meanVariance: Double
    private let jitter: Double
    private let covariance: MaternCovariance
    private var factor: RowFactor

    /// The variance of a prediction without observations.
    private let prior: Double

    /// The least variance of a prediction without noise: the jitter limits it, and rounding could give less.
    private let floor: Double

    /// α = (L Lᵀ)⁻¹ y.
    private var weights: [Double]

    /// The logarithm of the density of the targets: log p(y | X), in nats (line 7 of the algorithm).
    package var logMarginalLikelihood: Double {
        var fit = 0.0
        for (target, weight) in zip(observations.targets, weights) { fit += target * weight }
        return -0.5 * fit - factor.halfLogDeterminant - 0.5 * Double(observations.count) * log(2 * .pi)
    }

    /// Conditions a process on observations.
    ///
    /// - Parameters:
    ///   - observations: The observations.
    ///   - hyperparameters: The hyperparameters.
    ///   - meanVariance: c, 0 for a mean that is known to be 0.
    ///   - jitter: j, with which the factor exists even if points nearly coincide; scikit-learn calls it `alpha`.
    ///   - predictsNoise: Whether a prediction is that of an observation with the estimated noise, as scikit-learn's
    ///     with a white kernel, instead of the process. Covariances with observations include no noise in both cases.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``.
    package init(
        of observations: Observations, hyperparameters: MaternHyperparameters, meanVariance: Double,
        jitter: Double = 1e-8, predictsNoise: Bool = false
    ) throws(GaussianProcessError) {
        let covariance = MaternCovariance(hyperparameters, axes: observations.axes)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance
        factor = try RowFactor(order: observations.count) { index, destination in
            covariance.write(of: observations[index], with: observations, count: index, to: destination)
            for column in 0..<index { destination[column] += meanVariance }
            destination[index] = diagonal + (observations.knownVariances[index] ?? hyperparameters.noise)
        }
        self.hyperparameters = hyperparameters
        self.observations = observations
        self.meanVariance = meanVariance
        self.jitter = jitter
        self.covariance = covariance
        prior = hyperparameters.variance + meanVariance + (predictsNoise ? hyperparameters.noise : 0)
        floor = predictsNoise ? 0 : hyperparameters.variance * jitter * 1e-2
        weights = factor.solve(observations.targets)
    }

    /// Appends a fantasy: an observation of the predicted mean at a point.
    ///
    /// This is the Kriging believer of D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is well-suited to parallelize
    /// optimization" (2010). The mean stays the same everywhere, and the variance near the point decreases.
    ///
    /// - Parameters:
    ///   - features: The point.
    ///   - noise: The variance of the fantasy's noise.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``; then the posterior is unchanged.
    package mutating func appendFantasy(at features: [Double], noise: Double) throws(GaussianProcessError) {
        let target = mean(at: features)
        let points = observations
        let count = observations.count
        let (covariance, meanVariance) = (covariance, meanVariance)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance + noise
        try factor.append(1) { _, destination in
            covariance.write(of: features, with: points, count: count, to: destination)
            for column in 0..<count { destination[column] += meanVariance }
            destination[count] = diagonal
        }
        observations.append(features, target: target, knownVariance: noise)
        weights.append(0)
    }

    /// The prediction of each observation by all the others (Rasmussen & Williams, equations 5.10 to 5.12).
    ///
    /// With K the covariance of the observations, the mean is y_i − α_i / (K⁻¹)_ii, and the variance of the observation
    /// 1 / (K⁻¹)_ii.
    package func leaveOneOut() -> [Prediction] {
        zip(zip(observations.targets, weights), factor.inverseDiagonal()).map { observation, diagonal in
            Prediction(
                mean: observation.0 - observation.1 / diagonal, standardDeviation: (1 / diagonal).squareRoot())
        }
    }

    /// The correlations of the process at a point with its values at the observations.
    package func correlations(at features: [Double]) -> [Double] {
        let count = observations.count
        return Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            guard let pointer = buffer.baseAddress else { return }
            covariance.write(of: features, with: observations, count: count, to: pointer)
            for index in 0..<count { pointer[index] /= hyperparameters.variance }
        }
    }

    /// The mean at a point.
    package func mean(at features: [Double]) -> Double {
        let count = observations.count
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { covariances in
            guard let pointer = covariances.baseAddress else { return 0 }
            covariance.write(of: features, with: observations, count: count, to: pointer)
            var sum = 0.0
            for index in 0..<count { sum += (pointer[index] + meanVariance) * weights[index] }
            return sum
        }
    }

    /// The mean and standard deviation at each point.
    package func predict(at points: [[Double]]) -> [Prediction] {
        let count = observations.count
        let width = max(factor.width, count)
        var predictions: [Prediction] = []
        predictions.reserveCapacity(points.count)
        let block = 32
        var sides = [Double](repeating: 0, count: block * width)
        sides.withUnsafeMutableBufferPointer { buffer in
            guard let sides = buffer.baseAddress else { return }
            for begin in stride(from: 0, to: points.count, by: block) {
                let size = min(block, points.count - begin)
                var means = [Double](repeating: 0, count: size)
                for index in 0..<size {
                    let side = sides + index * width
                    covariance.write(of: points[begin + index], with: observations, count: count, to: side)
                    var mean = 0.0
                    for column in 0..<count {
                        side[column] += meanVariance
                        mean += side[column] * weights[column]
                    }
                    means[index] = mean
                }
                factor.solveLower(sides, count: size, distance: width)
                for index in 0..<size {
                    let side = sides + index * width
                    var explained = 0.0
                    for column in 0..<count { explained += side[column] * side[column] }
                    predictions.append(
                        Prediction(mean: means[index], standardDeviation: max(prior - explained, floor).squareRoot()))
                }
            }
        }
        return predictions
    }

    /// The mean at a point, with its derivatives by the features.
    package func meanWithGradient(at features: [Double]) -> (mean: Double, gradient: [Double]) {
        let count = observations.count
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { buffer in
            guard let covariances = buffer.baseAddress else { return (0, features.map { _ in 0 }) }
            let derivatives = covariances + count
            covariance.write(
                of: features, with: observations, count: count, to: covariances, derivatives: derivatives)
            var mean = 0.0
            for index in 0..<count { mean += (covariances[index] + meanVariance) * weights[index] }
            let byMean = weights.withUnsafeBufferPointer { weights in
                gradient(of: weights, derivatives: derivatives, at: features)
            }
            return (mean, byMean)
        }
    }

    /// The derivatives, by the features of a point, of the sum of its covariances with the observations times some weights.
    ///
    /// - Parameter derivatives: Those of the covariances, as `MaternCovariance` writes them.
    private func gradient(
        of weights: UnsafeBufferPointer<Double>, derivatives: UnsafePointer<Double>, at features: [Double]
    ) -> [Double] {
        observations.columns.enumerated().map { feature, column in
            let center = features[feature]
            var sum = 0.0
            column.withUnsafeBufferPointer { column in
                for index in column.indices {
                    sum += derivatives[index] * (column[index] - center) * weights[index]
                }
            }
            return covariance.inverseSquare(ofFeature: feature) * sum
        }
    }

    /// The mean and standard deviation at a point, with their derivatives by the features.
    ///
    /// The derivatives of a standard deviation of 0 are given as 0.
    package func predictWithGradient(
        at features: [Double]
    ) -> (prediction: Prediction, mean: [Double], standardDeviation: [Double]) {
        let count = observations.count
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { buffer in
            guard let solved = buffer.baseAddress else {
                let none = [Double](repeating: 0, count: features.count)
                return (Prediction(mean: 0, standardDeviation: prior.squareRoot()), none, none)
            }
            let derivatives = solved + count
            covariance.write(
                of: features, with: observations, count: count, to: solved, derivatives: derivatives)
            var mean = 0.0
            for index in 0..<count {
                solved[index] += meanVariance
                mean += solved[index] * weights[index]
            }
            factor.solveLower(solved, count: 1, distance: count)
            var explained = 0.0
            for index in 0..<count { explained += solved[index] * solved[index] }
            factor.solveUpper(solved)
            let deviation = max(prior - explained, floor).squareRoot()
            let byMean = weights.withUnsafeBufferPointer { weights in
                gradient(of: weights, derivatives: derivatives, at: features)
            }
            let explainedGradient = gradient(
                of: UnsafeBufferPointer(start: solved, count: count), derivatives: derivatives, at: features)
            return (
                Prediction(mean: mean, standardDeviation: deviation), byMean,
                explainedGradient.map { deviation > 0 ? -$0 / deviation : 0 }
            )
        }
    }
}
