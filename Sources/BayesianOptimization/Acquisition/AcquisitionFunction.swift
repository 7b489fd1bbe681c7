package import GaussianProcess
import Glibc

/// What says how much an evaluation at a point promises: the greater, the better.
///
/// Losses are minimised. All of them see the prediction of the objective itself, without noise.
package enum AcquisitionFunction: Sendable, Equatable {
    /// The logarithm of the expected improvement over an incumbent loss.
    case logExpectedImprovement(incumbent: Double)

    /// The logarithm of the probability of being below a loss.
    case logProbabilityOfImprovement(incumbent: Double)

    /// β σ − μ: minus the lower confidence bound.
    case lowerConfidenceBound(beta: Double)

    /// The value, with its derivatives by the mean and the standard deviation.
    ///
    /// - Precondition: The standard deviation is above 0.
    package func evaluate(
        _ prediction: Prediction
    ) -> (value: Double, byMean: Double, byStandardDeviation: Double) {
        let deviation = prediction.standardDeviation
        switch self {
        case .logExpectedImprovement(let incumbent):
            let z = (incumbent - prediction.mean) / deviation
            let (value, distribution, density) = NormalTail.logImprovement(z)
            return (log(deviation) + value, -distribution / deviation, density / deviation)
        case .logProbabilityOfImprovement(let incumbent):
            let z = (incumbent - prediction.mean) / deviation
            let (value, derivative) = NormalTail.logProbability(z)
            return (value, -derivative / deviation, -derivative * z / deviation)
        case .lowerConfidenceBound(let beta):
            return (beta * deviation - prediction.mean, -1, beta)
        }
    }
}
