import Glibc

/// The probability density of the standardised observations, given the hyperparameters: p(y | X, θ).
///
/// Rasmussen & Williams, Algorithm 2.1 and equations 5.8 and 5.9. The hyperparameters θ are those of the kernel, followed
/// by the variance of the white noise.
struct MarginalLikelihood<Covariance: Kernel> {
    private let trainingSet: TrainingSet
    private let kernel: Covariance
    private let noiseLevel: Double

    /// L, the Cholesky factor of the covariance matrix of the observations.
    let factor: Cholesky

    /// α = (L Lᵀ)⁻¹ y.
    let weights: [Double]

    /// log p(y | X, θ), in nats.
    let value: Double

    /// Evaluates the density.
    init(
        of trainingSet: TrainingSet, kernel: Covariance, noiseLevel: Double
    ) throws(GaussianProcessError) {
        var covariance = kernel.covariance(of: trainingSet.points)
        for (index, variance) in trainingSet.knownVariances.enumerated() {
            covariance[index, index] += noiseLevel + variance
        }
        let factor = try Cholesky(covariance)  // line 2
        let weights = try factor.solve(trainingSet.targets)  // line 3
        let count = Double(trainingSet.count)
        value = -0.5 * (dot(trainingSet.targets, weights) + factor.logDeterminant + count * log(2 * .pi))  // line 7
        self.trainingSet = trainingSet
        self.kernel = kernel
        self.noiseLevel = noiseLevel
        self.factor = factor
        self.weights = weights
    }

    /// The derivatives by the logarithms of the hyperparameters, the white noise last.
    ///
    /// ∂ log p / ∂ log θ = ½ tr((α αᵀ − K⁻¹) ∂K/∂ log θ), which is a weighted sum over the entries of ∂K.
    func gradient() throws(GaussianProcessError) -> [Double] {
        var sensitivity = try factor.inverse()
        for column in 0..<trainingSet.count {
            for row in column..<trainingSet.count {
                sensitivity[row, column] = 0.5 * (weights[row] * weights[column] - sensitivity[row, column])
            }
        }
        let trace = (0..<trainingSet.count).reduce(0) { $0 + sensitivity[$1, $1] }
        return kernel.gradient(of: trainingSet.points, weights: sensitivity) + [noiseLevel * trace]
    }
}
