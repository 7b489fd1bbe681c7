/// Why a Gaussian process could not be fitted.
package enum GaussianProcessError: Error, Equatable, CustomStringConvertible {
    /// The covariance matrix of the observations is not positive definite in floating-point arithmetic.
    case notPositiveDefinite(order: Int)

    /// NLopt failed with an error that leaves no usable result.
    case optimization(String)

    package var description: String {
        switch self {
        case .notPositiveDefinite(let order):
            "the covariance matrix is not positive definite (leading minor \(order)): allow more noise"
        case .optimization(let reason):
            "NLopt failed: \(reason)"
        }
    }
}
