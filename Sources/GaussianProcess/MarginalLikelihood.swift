import Platform

/// The density of observations given the hyperparameters, times the prior density of these where there is one.
package struct MarginalLikelihood: Sendable {
    private let observations: Observations
    private let priors: [LogNormalPrior?]
    private let meanVariance: Double
    private let jitter: Double

    /// Memory that evaluations share, because arrays of n² numbers are expensive to make.
    package struct Workspace {
        fileprivate var covariances: [Double] = []
        fileprivate var derivatives: [Double] = []
        fileprivate var factor = RowFactor()
        fileprivate var columns: [Double] = []
        fileprivate var inverse: [Double] = []

        /// No memory yet.
        package init() {}

        fileprivate mutating func prepare(count: Int) {
            guard covariances.count != count * count else { return }
            covariances = Array(repeating: 0, count: count * count)
            derivatives = covariances
        }
    }

    /// The density of some observations.
    ///
    /// - Parameters:
    ///   - observations: At least one.
    ///   - priors: The prior of each hyperparameter or none: of the length scales, of the variance, of the noise. An empty
    ///     list means that there are none.
    ///   - meanVariance: The prior variance of the constant mean, 0 for a mean that is known to be 0.
    ///   - jitter: Added to the diagonal of the covariance, relative to the variance of the process.
    package init(
        of observations: Observations, priors: [LogNormalPrior?] = [], meanVariance: Double, jitter: Double = 1e-8
    ) {
        self.observations = observations
        self.priors = priors
        self.meanVariance = meanVariance
        self.jitter = jitter
    }

    /// The logarithm of the density, in nats, up to a constant where there are priors, and its derivatives.
    ///
    /// With K the covariance of the observations, α = K⁻¹ y: ∂ log p / ∂θ = ½ tr((α αᵀ − K⁻¹) ∂K/∂θ) (Rasmussen & Williams,
    /// equation 5.9), a weighted sum over the entries of ∂K.
    ///
    /// - Parameters:
    ///   - logarithms: Those of the length scales, of the variance, of the noise.
    ///   - workspace: Memory.
    ///   - wantsGradient: Without the gradient, which takes most of the time, the gradient is empty.
    /// - Returns: The value and its derivatives by the logarithms; −∞ where the covariance is not positive definite in
    ///   floating-point arithmetic.
    package func evaluate(
        _ logarithms: [Double], in workspace: inout Workspace, wantsGradient: Bool = true
    ) -> (value: Double, gradient: [Double]) {
        let hyperparameters = MaternHyperparameters(logarithms: logarithms)
        let count = observations.count
        let points = observations.points
        let covariance = MaternCovariance(hyperparameters, axes: points.axes)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance

        // The covariances, and what their derivatives by the length scales share, are kept: rows of the lower triangle.
        workspace.prepare(count: count)
        var isFactored = false
        workspace.covariances.withUnsafeMutableBufferPointer { covariances in
            workspace.derivatives.withUnsafeMutableBufferPointer { derivatives in
                guard let covariances = covariances.baseAddress, let derivatives = derivatives.baseAddress else {
                    return
                }
                let attempt: Void? = try? workspace.factor.replace(order: count) { index, destination in
                    let line = covariances + index * count
                    covariance.write(
                        of: points[index], with: points, count: index, to: line,
                        derivatives: wantsGradient ? derivatives + index * count : nil)
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
        var gradient: [Double] = []
        if wantsGradient {
            factor.negatedInverse(columns: &workspace.columns, inverse: &workspace.inverse)
            gradient = derivatives(
                at: hyperparameters, covariance, weights: weights, width: factor.width, in: workspace)
        }
        for (index, prior) in priors.enumerated() {
            guard let density = prior?.logDensity(atLogarithm: logarithms[index]) else { continue }
            value += density.value
            if wantsGradient { gradient[index] += density.derivative }
        }
        return (value, gradient)
    }

    /// The derivatives of the likelihood by the logarithms of the hyperparameters.
    private func derivatives(
        at hyperparameters: MaternHyperparameters, _ covariance: MaternCovariance, weights: [Double], width: Int,
        in workspace: Workspace
    ) -> [Double] {
        let count = observations.count
        let points = observations.points
        let axes = points.axes
        var byFeature = [Double](repeating: 0, count: axes.count)
        var byVariance = 0.0
        var byNoise = 0.0
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(count, 1)) { scratch in
            for index in 0..<count {
                let own = weights[index]
                let center = points[index]
                workspace.inverse.withUnsafeBufferPointer { inverse in
                    workspace.covariances.withUnsafeBufferPointer { covariances in
                        workspace.derivatives.withUnsafeBufferPointer { derivatives in
                            weights.withUnsafeBufferPointer { weights in
                                let line = index * count
                                let inverseLine = index * width
                                var sum = 0.0
                                for column in 0..<index {
                                    let sensitivity = own * weights[column] + inverse[inverseLine + column]
                                    sum += sensitivity * covariances[line + column]
                                    scratch[column] = sensitivity * derivatives[line + column]
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
        var gradient = [Double](repeating: 0, count: points.axisCount)
        for (feature, axis) in axes.enumerated() {
            let scale = covariance.inverseScales[feature]
            gradient[axis] += byFeature[feature] * scale * scale / 5
        }
        return gradient + [byVariance, byNoise * hyperparameters.noise]
    }
}
