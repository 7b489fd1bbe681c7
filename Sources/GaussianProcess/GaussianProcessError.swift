/// A failure to condition a Gaussian process.
package enum GaussianProcessError: Error, Equatable, CustomStringConvertible {
    /// The covariance matrix of the observations is not positive definite in floating-point arithmetic.
    case notPositiveDefinite(order: Int)

    package var description: String {
        switch self {
        case .notPositiveDefinite(let order):
            "the covariance matrix is not positive definite (leading minor \(order)): allow more noise"
        }
    }
}
