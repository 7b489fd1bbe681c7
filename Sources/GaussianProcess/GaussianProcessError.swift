/// Why a Gaussian process could not be fitted or asked.
package enum GaussianProcessError: Error, Equatable, CustomStringConvertible {
    /// The observations do not make a training set; says what is wrong with them.
    case invalidTrainingSet(String)

    /// A hyperparameter or its bounds are impossible; says which and why.
    case invalidHyperparameters(String)

    /// A coordinate to predict at is not a finite number, or has the wrong dimension.
    case invalidPoints(String)

    /// The covariance matrix of the observations is not positive definite in floating-point arithmetic.
    case notPositiveDefinite(order: Int)

    /// A LAPACK routine failed with an error code that its manual explains.
    case linearAlgebra(routine: String, code: Int)

    /// NLopt failed with an error that leaves no usable result.
    case optimization(String)

    package var description: String {
        switch self {
        case .invalidTrainingSet(let reason):
            "these observations can't be fitted: \(reason)"
        case .invalidHyperparameters(let reason):
            "these hyperparameters can't be used: \(reason)"
        case .invalidPoints(let reason):
            "there is no prediction here: \(reason)"
        case .notPositiveDefinite(let order):
            "the covariance matrix is not positive definite (leading minor \(order)): allow more noise"
        case .linearAlgebra(let routine, let code):
            "LAPACK's \(routine) failed with code \(code)"
        case .optimization(let reason):
            "NLopt failed: \(reason)"
        }
    }
}
