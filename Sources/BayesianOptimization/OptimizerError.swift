/// Why an optimiser refused what it was given.
public enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// A parameter is impossible; says why.
    case invalidParameter(name: String, reason: String)

    /// The parameters make no space; says why.
    case invalidSpace(reason: String)

    /// A hyperparameter of the surrogate was fixed at an impossible value.
    case invalidHyperparameter(name: String, value: Double, requirement: String)

    /// The value of a parameter is impossible; says what it must be.
    case invalidValue(name: String, value: String, requirement: String)

    /// The loss of a trial, or its variance, can't be learned from; says why.
    case invalidTrial(reason: String)

    /// A JSON object has a member without a meaning.
    case unknownMember(name: String)

    /// So many points can't be asked for.
    case invalidCount(Int)

    /// No surrogate could be fitted to the trials; says why.
    case surrogateFailed(reason: String)

    /// What went wrong and what to do about it, in one line.
    public var description: String {
        switch self {
        case .invalidParameter(let name, let reason): "the parameter \(name) is impossible: \(reason)"
        case .invalidSpace(let reason): "the search space is impossible: \(reason)"
        case .invalidHyperparameter(let name, let value, let requirement):
            "the \(name) can't be \(value): it must be \(requirement)"
        case .invalidValue(let name, let value, let requirement):
            "the parameter \(name) is \(value), and must be \(requirement)"
        case .invalidTrial(let reason): "an observation can't be used: \(reason)"
        case .unknownMember(let name): "there is nothing to do with \"\(name)\""
        case .invalidCount(let count): "\(count) points can't be asked for"
        case .surrogateFailed(let reason): "the surrogate model failed: \(reason)"
        }
    }
}
