/// Why an optimiser refused what it was given.
public enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// The bounds of a search space are not finite, or not in order.
    case invalidSpace(lower: Double, upper: Double)

    /// The first point lies outside of the search space, or is not finite.
    case initialOutsideSpace(x: Double, space: SearchSpace)

    /// A hyperparameter was fixed at an impossible value; says which.
    case invalidHyperparameter(name: String, value: Double, requirement: String)

    /// The point of an observation is not finite.
    case pointNotFinite(x: Double)

    /// The loss of an observation is not finite, and the preset has no place for such losses.
    case lossNotFinite(x: Double, loss: Double)

    /// A parameter can't be what its domain says; says why.
    case invalidParameter(name: String, reason: String)

    /// The parameters make no space; says why.
    case invalidSpaceOfParameters(reason: String)

    /// The value of a parameter is impossible; says what it must be.
    case invalidValue(name: String, value: String, requirement: String)

    /// The loss of a trial, or its variance, can't be learned from; says why.
    case invalidTrial(reason: String)

    /// No surrogate could be fitted to the observations, or asked; says why.
    case surrogateFailed(reason: String)

    /// What went wrong and what to do about it, in one line.
    public var description: String {
        switch self {
        case .invalidSpace(let lower, let upper):
            "the lower bound \(lower) must be below the upper bound \(upper), and both must be finite"
        case .initialOutsideSpace(let x, let space):
            "the initial point \(x) must be within the bounds \(space.lower) and \(space.upper)"
        case .invalidHyperparameter(let name, let value, let requirement):
            "the \(name) can't be \(value): it must be \(requirement)"
        case .pointNotFinite(let x):
            "an observation at \(x) can't be used: its point must be finite"
        case .lossNotFinite(let x, let loss):
            "the loss at \(x) is \(loss), and this preset can only learn from finite losses"
        case .invalidParameter(let name, let reason):
            "the parameter \(name) is impossible: \(reason)"
        case .invalidSpaceOfParameters(let reason):
            "the search space is impossible: \(reason)"
        case .invalidValue(let name, let value, let requirement):
            "the parameter \(name) is \(value), and must be \(requirement)"
        case .invalidTrial(let reason):
            "an observation can't be used: \(reason)"
        case .surrogateFailed(let reason):
            "the surrogate model failed: \(reason)"
        }
    }
}
