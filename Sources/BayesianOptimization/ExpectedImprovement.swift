import GaussianProcess
import Glibc

/// The expected improvement over an incumbent, for losses, which are minimised.
///
/// E[max(incumbent − Y, 0)] = (incumbent − μ) Φ(Z) + σ φ(Z) for Y normal with mean μ and standard deviation σ, where
/// Z = (incumbent − μ) / σ and Φ, φ are the distribution and density of the standard normal. D. R. Jones, M. Schonlau,
/// W. J. Welch, "Efficient global optimization of expensive black-box functions", J. Global Optimization 13 (1998).
struct ExpectedImprovement: Sendable {
    /// The loss to improve on.
    let incumbent: Double

    /// The expected improvement, 0 where nothing is uncertain.
    func value(_ prediction: Prediction) -> Double {
        let deviation = prediction.standardDeviation
        guard deviation > 0 else { return 0 }
        let improvement = incumbent - prediction.mean
        let z = improvement / deviation
        // Far below the incumbent's reach both terms cancel, and rounding must not leave a negative number.
        return max(improvement * Self.distribution(z) + deviation * Self.density(z), 0)
    }

    /// The derivatives by the mean and by the standard deviation: −Φ(Z) and φ(Z).
    func gradient(_ prediction: Prediction) -> (mean: Double, standardDeviation: Double) {
        let deviation = prediction.standardDeviation
        guard deviation > 0 else { return (0, 0) }
        let z = (incumbent - prediction.mean) / deviation
        return (-Self.distribution(z), Self.density(z))
    }

    /// Φ, without cancellation in the lower tail.
    private static func distribution(_ z: Double) -> Double {
        0.5 * erfc(-z * 0.5.squareRoot())
    }

    /// φ.
    private static func density(_ z: Double) -> Double {
        exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
    }
}
