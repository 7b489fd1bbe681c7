import Glibc

/// A Matérn process with a constant mean, conditioned on observations, at given hyperparameters.
///
/// The observations y have the covariance K + c 1 1ᵀ + diag(v): K is the Matérn function's (``MaternRow``), c the prior
/// variance of the constant mean, and v the known variances, or else the estimated noise. Rasmussen & Williams,
/// Algorithm 2.1 and section 2.7. All predictions are of the process itself: without noise.
package struct ARDPosterior: Sendable {
    /// What shapes the process.
    package let hyperparameters: ARDHyperparameters

    /// c.
    package let meanVariance: Double

    /// What was observed.
    package private(set) var observations: ARDObservations

    private let row: MaternRow
    private var factor: RowFactor

    /// α = (L Lᵀ)⁻¹ y.
    private var weights: [Double]

    /// The logarithm of the density of the targets: log p(y | X), in nats (line 7 of the algorithm).
    package var logMarginalLikelihood: Double {
        var fit = 0.0
        for (target, weight) in zip(observations.targets, weights) { fit += target * weight }
        return -0.5 * fit - factor.halfLogDeterminant - 0.5 * Double(observations.count) * log(2 * .pi)
    }

    /// Added to the diagonal, relative to the variance, so that the factor exists where points nearly coincide.
    package let jitter: Double

    /// Conditions the process.
    ///
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``.
    package init(
        of observations: ARDObservations, hyperparameters: ARDHyperparameters, meanVariance: Double,
        jitter: Double = 1e-8
    ) throws(GaussianProcessError) {
        let row = MaternRow(hyperparameters, axes: observations.points.axes)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance
        factor = try RowFactor(order: observations.count) { index, destination in
            row.covariances(of: observations.points[index], with: observations.points, count: index, to: destination)
            for column in 0..<index { destination[column] += meanVariance }
            destination[index] = diagonal + (observations.knownVariances[index] ?? hyperparameters.noise)
        }
        self.hyperparameters = hyperparameters
        self.meanVariance = meanVariance
        self.observations = observations
        self.row = row
        self.jitter = jitter
        weights = []
        weights = solve(observations.targets)
    }

    /// (L Lᵀ)⁻¹ times a vector.
    private func solve(_ vector: [Double]) -> [Double] {
        var solution = vector
        let count = vector.count
        solution.withUnsafeMutableBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            factor.solveLower(pointer, count: 1, distance: count)
            factor.solveUpper(pointer)
        }
        return solution
    }

    /// The same process that believes what it predicts at a point, as observed with some noise.
    ///
    /// Its mean stays as it is everywhere; it is less uncertain near the point.
    ///
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)``.
    package func believing(at features: [Double], noise: Double) throws(GaussianProcessError) -> ARDPosterior {
        var result = self
        let target = mean(at: features)
        let points = observations.points
        let count = observations.count
        try result.factor.append(1) { _, destination in
            row.covariances(of: features, with: points, count: count, to: destination)
            for column in 0..<count { destination[column] += meanVariance }
            destination[count] = hyperparameters.variance * (1 + jitter) + meanVariance + noise
        }
        result.observations.append(features, target: target, knownVariance: noise)
        result.weights.append(0)
        return result
    }

    /// The mean at a point.
    package func mean(at features: [Double]) -> Double {
        let count = observations.count
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { covariances in
            guard let pointer = covariances.baseAddress else { return 0 }
            row.covariances(of: features, with: observations.points, count: count, to: pointer)
            var sum = 0.0
            for index in 0..<count { sum += (pointer[index] + meanVariance) * weights[index] }
            return sum
        }
    }

    /// Mean and standard deviation at some points.
    package func predict(at points: [[Double]]) -> [Prediction] {
        let count = observations.count
        let width = max(factor.width, count)
        let prior = hyperparameters.variance + meanVariance
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
                    row.covariances(of: points[begin + index], with: observations.points, count: count, to: side)
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
                        Prediction(
                            mean: means[index], standardDeviation: deviation(prior: prior, explained: explained)))
                }
            }
        }
        return predictions
    }

    /// Never 0: what rounding leaves of a variance that is nothing is the jitter's.
    private func deviation(prior: Double, explained: Double) -> Double {
        max(prior - explained, hyperparameters.variance * jitter * 1e-2).squareRoot()
    }

    /// Mean and standard deviation at a point, with their derivatives by the features.
    package func predictWithGradient(
        at features: [Double]
    ) -> (prediction: Prediction, mean: [Double], standardDeviation: [Double]) {
        let count = observations.count
        let dimension = features.count
        var meanGradient = [Double](repeating: 0, count: dimension)
        var deviationGradient = meanGradient
        let prior = hyperparameters.variance + meanVariance
        let prediction = withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { buffer in
            guard let solved = buffer.baseAddress else {
                return Prediction(mean: 0, standardDeviation: prior.squareRoot())
            }
            let slopes = solved + count
            row.covariances(of: features, with: observations.points, count: count, to: solved, slopes: slopes)
            var mean = 0.0
            for index in 0..<count {
                solved[index] += meanVariance
                mean += solved[index] * weights[index]
            }
            factor.solveLower(solved, count: 1, distance: count)
            var explained = 0.0
            for index in 0..<count { explained += solved[index] * solved[index] }
            factor.solveUpper(solved)
            let deviation = deviation(prior: prior, explained: explained)
            for (feature, column) in observations.points.columns.enumerated() {
                // a² holds 5 / l², the slopes 5/3 / l² without the 5: ∂k/∂x = −slope (x − x′) / l².
                let scale = row.inverseScales[feature] * row.inverseScales[feature] / 5
                let center = features[feature]
                var byMean = 0.0
                var byVariance = 0.0
                column.withUnsafeBufferPointer { column in
                    for index in 0..<count {
                        let slope = slopes[index] * (column[index] - center)
                        byMean += slope * weights[index]
                        byVariance += slope * solved[index]
                    }
                }
                meanGradient[feature] = scale * byMean
                deviationGradient[feature] = -scale * byVariance / deviation
            }
            return Prediction(mean: mean, standardDeviation: deviation)
        }
        return (prediction, meanGradient, deviationGradient)
    }
}
