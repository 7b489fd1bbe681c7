package import GaussianProcess
import Platform

/// The utility of an evaluation at a point, for the minimisation of a loss: the greater, the better.
///
/// Losses are minimised.
package enum AcquisitionFunction: Sendable, Equatable {
    /// The logarithm of the expected improvement over an incumbent loss.
    case logExpectedImprovement(incumbent: Double)

    /// The expected improvement over an incumbent loss, times a unit.
    ///
    /// E[max(incumbent − Y, 0)] = (incumbent − μ) Φ(z) + σ φ(z) for Y normal with mean μ and standard deviation σ, where
    /// z = (incumbent − μ) / σ and Φ, φ are the distribution and density of the standard normal. D. R. Jones, M. Schonlau,
    /// W. J. Welch, "Efficient global optimization of expensive black-box functions", J. Global Optimization 13 (1998).
    case expectedImprovement(incumbent: Double, unit: Double = 1)

    /// The logarithm of the probability of being below a loss.
    case logProbabilityOfImprovement(incumbent: Double)

    /// β σ − μ: minus the lower confidence bound.
    case lowerConfidenceBound(beta: Double)

    /// Whether the value is on the scale of a logarithm, so that the logarithm of a probability is added to it.
    ///
    /// The lower confidence bound is in units of standard deviations, and may be negative; there too it is added.
    package var isLogarithm: Bool { if case .expectedImprovement = self { false } else { true } }

    /// The value, with its derivatives by the mean and the standard deviation.
    ///
    /// - Precondition: The standard deviation is above 0, or the function is the expected improvement, which is 0 there.
    package func evaluate(
        _ prediction: Prediction
    ) -> (value: Double, byMean: Double, byStandardDeviation: Double) {
        let deviation = prediction.standardDeviation
        switch self {
        case .logExpectedImprovement(let incumbent):
            let z = (incumbent - prediction.mean) / deviation
            let (value, distribution, density) = NormalTail.logImprovement(z)
            return (log(deviation) + value, -distribution / deviation, density / deviation)
        case .expectedImprovement(let incumbent, let unit):
            guard deviation > 0 else { return (0, 0, 0) }
            let (value, distribution, density) = NormalTail.logImprovement((incumbent - prediction.mean) / deviation)
            let improvement = unit * exp(value)
            return (deviation * improvement, -distribution * improvement, density * improvement)
        case .logProbabilityOfImprovement(let incumbent):
            let z = (incumbent - prediction.mean) / deviation
            let (value, derivative) = NormalTail.logProbability(z)
            return (value, -derivative / deviation, -derivative * z / deviation)
        case .lowerConfidenceBound(let beta):
            return (beta * deviation - prediction.mean, -1, beta)
        }
    }
}
