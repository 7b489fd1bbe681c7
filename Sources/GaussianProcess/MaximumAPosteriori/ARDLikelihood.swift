import Glibc

/// The density of observations given the hyperparameters, times the density of these: what a fit maximises.
package struct ARDLikelihood: Sendable {
    /// The priors of the hyperparameters.
    package struct Priors: Sendable {
        /// Of every length scale.
        package var lengthScale: LogNormalPrior

        /// Of the variance of the process.
        package var variance: LogNormalPrior

        /// Of the variance of the noise.
        package var noise: LogNormalPrior

        /// Priors from their parts.
        package init(lengthScale: LogNormalPrior, variance: LogNormalPrior, noise: LogNormalPrior) {
            self.lengthScale = lengthScale
            self.variance = variance
            self.noise = noise
        }
    }

    private let observations: ARDObservations
    private let priors: Priors
    private let meanVariance: Double
    private let jitter: Double

    /// Memory that evaluations share: the large arrays are not worth being made each time.
    package struct Workspace {
        fileprivate var covariances: [Double] = []
        fileprivate var slopes: [Double] = []
        fileprivate var factor = RowFactor()
        fileprivate var columns: [Double] = []
        fileprivate var inverse: [Double] = []

        /// No memory yet.
        package init() {}

        fileprivate mutating func prepare(count: Int) {
            guard covariances.count != count * count else { return }
            covariances = Array(repeating: 0, count: count * count)
            slopes = covariances
        }
    }

    /// The density of some observations.
    package init(of observations: ARDObservations, priors: Priors, meanVariance: Double, jitter: Double = 1e-8) {
        self.observations = observations
        self.priors = priors
        self.meanVariance = meanVariance
        self.jitter = jitter
    }

    /// The hyperparameters with these logarithms: those of the length scales, of the variance, of the noise.
    package func hyperparameters(_ logarithms: [Double]) -> ARDHyperparameters {
        let axes = observations.points.axisCount
        return ARDHyperparameters(
            lengthScales: logarithms[..<axes].map { exp($0) }, variance: exp(logarithms[axes]),
            noise: exp(logarithms[axes + 1]))
    }

    /// The logarithm of both densities' product, up to a constant, and its derivatives by the logarithms.
    ///
    /// With K the covariance of the observations, α = K⁻¹ y: ∂ log p / ∂θ = ½ tr((α αᵀ − K⁻¹) ∂K/∂θ) (Rasmussen & Williams,
    /// equation 5.9), a weighted sum over the entries of ∂K.
    ///
    /// - Returns: −∞ where the covariance is not positive definite in floating-point arithmetic.
    package func evaluate(
        _ logarithms: [Double], in workspace: inout Workspace
    ) -> (value: Double, gradient: [Double]) {
        let hyperparameters = hyperparameters(logarithms)
        let count = observations.count
        let points = observations.points
        let axes = points.axes
        let row = MaternRow(hyperparameters, axes: axes)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance

        // The covariances, and what their derivatives by the length scales share, are kept: rows of the lower triangle.
        workspace.prepare(count: count)
        var isFactored = false
        workspace.covariances.withUnsafeMutableBufferPointer { covariances in
            workspace.slopes.withUnsafeMutableBufferPointer { slopes in
                guard let covariances = covariances.baseAddress, let slopes = slopes.baseAddress else { return }
                let attempt: Void? = try? workspace.factor.replace(order: count) { index, destination in
                    let line = covariances + index * count
                    row.covariances(
                        of: points[index], with: points, count: index, to: line, slopes: slopes + index * count)
                    for column in 0..<index { destination[column] = line[column] + meanVariance }
                    destination[index] = diagonal + (observations.knownVariances[index] ?? hyperparameters.noise)
                }
                isFactored = attempt != nil
            }
        }
        guard isFactored else { return (-.infinity, logarithms.map { _ in 0 }) }
        let factor = workspace.factor

        var weights = observations.targets
        var fit = 0.0
        weights.withUnsafeMutableBufferPointer { buffer in
            guard let weights = buffer.baseAddress else { return }
            factor.solveLower(weights, count: 1, distance: count)
            for index in 0..<count { fit += weights[index] * weights[index] }
            factor.solveUpper(weights)
        }
        var value = -0.5 * fit - factor.halfLogDeterminant - 0.5 * Double(count) * log(2 * .pi)

        factor.negatedInverse(columns: &workspace.columns, inverse: &workspace.inverse)
        let width = factor.width
        var byFeature = [Double](repeating: 0, count: axes.count)
        var byVariance = 0.0
        var byNoise = 0.0
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(count, 1)) { scratch in
            for index in 0..<count {
                let own = weights[index]
                let center = points[index]
                workspace.inverse.withUnsafeBufferPointer { inverse in
                    workspace.covariances.withUnsafeBufferPointer { covariances in
                        workspace.slopes.withUnsafeBufferPointer { slopes in
                            weights.withUnsafeBufferPointer { weights in
                                let line = index * count
                                let inverseLine = index * width
                                var sum = 0.0
                                for column in 0..<index {
                                    let sensitivity = own * weights[column] + inverse[inverseLine + column]
                                    sum += sensitivity * covariances[line + column]
                                    scratch[column] = sensitivity * slopes[line + column]
                                }
                                byVariance += sum
                                let sensitivity = 0.5 * (own * own + inverse[inverseLine + index])
                                byVariance += sensitivity * hyperparameters.variance * (1 + jitter)
                                if observations.knownVariances[index] == nil { byNoise += sensitivity }
                            }
                        }
                    }
                }
                for feature in axes.indices {
                    let middle = center[feature]
                    byFeature[feature] += points.columns[feature].withUnsafeBufferPointer { column in
                        var sum = SIMD4<Double>.zero
                        var position = 0
                        while position + 4 <= index {
                            let base = UnsafeRawPointer(column.baseAddress! + position)
                            let weight = UnsafeRawPointer(scratch.baseAddress! + position)
                            let difference = base.loadUnaligned(as: SIMD4<Double>.self) - middle
                            sum += weight.loadUnaligned(as: SIMD4<Double>.self) * difference * difference
                            position += 4
                        }
                        var rest = 0.0
                        while position < index {
                            let difference = column[position] - middle
                            rest += scratch[position] * difference * difference
                            position += 1
                        }
                        return (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest
                    }
                }
            }
        }

        var gradient = [Double](repeating: 0, count: logarithms.count)
        for (feature, axis) in axes.enumerated() {
            let scale = row.inverseScales[feature]
            gradient[axis] += byFeature[feature] * scale * scale / 5
        }
        let axisCount = points.axisCount
        gradient[axisCount] = byVariance
        gradient[axisCount + 1] = byNoise * hyperparameters.noise
        let all = Array(repeating: priors.lengthScale, count: axisCount) + [priors.variance, priors.noise]
        for (index, prior) in all.enumerated() {
            let density = prior.logDensity(atLogarithm: logarithms[index])
            value += density.value
            gradient[index] += density.derivative
        }
        return (value, gradient)
    }
}
