import Platform

/// The density of observations given the hyperparameters, times the prior density of those with a prior.
package struct MarginalLikelihood: Sendable {
    private let observations: Observations
    private let priors: [LogNormalPrior?]
    private let lengthScalePrior: LengthScalePrior?
    private let meanVariance: Double
    private let jitter: Double

    /// Memory that evaluations share, because arrays of n² numbers are expensive to allocate.
    package struct Workspace {
        fileprivate var covariances: [Double] = []
        fileprivate var derivatives: [Double] = []
        fileprivate var factor = RowFactor()
        fileprivate var columns: [Double] = []
        fileprivate var inverse: [Double] = []

        /// Creates a workspace without memory.
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
    ///   - lengthScalePrior: The common prior of the length scales, if there is one.
    ///   - meanVariance: The prior variance of the constant mean, 0 for a mean that is known to be 0.
    ///   - jitter: Added to the diagonal of the covariance, relative to the variance of the process.
    package init(
        of observations: Observations, priors: [LogNormalPrior?] = [], lengthScalePrior: LengthScalePrior? = nil,
        meanVariance: Double, jitter: Double = 1e-8
    ) {
        self.observations = observations
        self.priors = priors
        self.lengthScalePrior = lengthScalePrior
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
    ///   - wantsGradient: Whether to compute the gradient, which takes most of the time; otherwise it is empty.
    /// - Returns: The value and its derivatives by the logarithms; −∞ where the covariance is not positive definite in
    ///   floating-point arithmetic.
    package func evaluate(
        _ logarithms: [Double], in workspace: inout Workspace, wantsGradient: Bool = true
    ) -> (value: Double, gradient: [Double]) {
        let hyperparameters = MaternHyperparameters(logarithms: logarithms)
        let count = observations.count
        let covariance = MaternCovariance(hyperparameters, axes: observations.axes)
        let diagonal = hyperparameters.variance * (1 + jitter) + meanVariance

        // The workspace keeps the rows of the lower triangle of the covariances, and of the factor that their
        // derivatives by the length scales share.
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
                        of: observations[index], with: observations, count: index, to: line,
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
        if let lengthScalePrior {
            let density = lengthScalePrior.logDensity(atLogarithms: logarithms.prefix(observations.axisCount))
            value += density.value
            if wantsGradient {
                for (axis, derivative) in density.derivatives.enumerated() { gradient[axis] += derivative }
            }
        }
        return (value, gradient)
    }

    /// The derivatives of the likelihood by the logarithms of the hyperparameters.
    private func derivatives(
        at hyperparameters: MaternHyperparameters, _ covariance: MaternCovariance, weights: [Double], width: Int,
        in workspace: Workspace
    ) -> [Double] {
        let count = observations.count
        let axes = observations.axes
        var gradient = [Double](repeating: 0, count: observations.axisCount)
        var byFeature = [Double](repeating: 0, count: axes.count)
        var (byVariance, byNoise) = (0.0, 0.0)
        let (covariances, derivatives) = (workspace.covariances.span, workspace.derivatives.span)
        let (inverse, weights) = (workspace.inverse.span, weights.span)
        var scratch = [Double](repeating: 0, count: count)
        for index in 0..<count {
            let own = weights[index]
            let (line, inverseLine) = (index * count, index * width)
            var sum = 0.0
            var products = scratch.mutableSpan
            for column in 0..<index {
                let sensitivity = own * weights[unchecked: column] + inverse[unchecked: inverseLine + column]
                sum += sensitivity * covariances[unchecked: line + column]
                products[unchecked: column] = sensitivity * derivatives[unchecked: line + column]
            }
            byVariance += sum
            let sensitivity = 0.5 * (own * own + inverse[inverseLine + index])
            byVariance += sensitivity * hyperparameters.variance * (1 + jitter)
            if observations.knownVariances[index] == nil { byNoise += sensitivity }
            for (feature, column) in observations.columns.enumerated() {
                byFeature[feature] += Self.weightedSquares(column.span, scratch.span, index)
            }
        }
        for (feature, axis) in axes.enumerated() {
            let scale = covariance.inverseScales[feature]
            gradient[axis] += byFeature[feature] * scale * scale / 5
        }
        return gradient + [byVariance, byNoise * hyperparameters.noise]
    }

    /// Σ_k w_k (x_k − x_n)² for k below n.
    private static func weightedSquares(_ column: Span<Double>, _ weights: Span<Double>, _ count: Int) -> Double {
        let middle = column[count]
        let (values, factors) = (column.bytes, weights.bytes)
        var sum = SIMD4<Double>.zero
        var position = 0
        while position + 4 <= count {
            // The loads stay within the first `count` numbers of both.
            let value = values.unsafeLoadUnaligned(fromByteOffset: 8 * position, as: SIMD4<Double>.self)
            let factor = factors.unsafeLoadUnaligned(fromByteOffset: 8 * position, as: SIMD4<Double>.self)
            let difference = value - middle
            sum += factor * difference * difference
            position += 4
        }
        var rest = 0.0
        while position < count {
            let difference = column[position] - middle
            rest += weights[position] * difference * difference
            position += 1
        }
        return (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest
    }
}
