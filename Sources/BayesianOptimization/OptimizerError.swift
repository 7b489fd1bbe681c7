/// An input that an optimiser refuses, or a failure of its surrogate.
public enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// A parameter is not valid, with the reason.
    case invalidParameter(name: String, reason: String)

    /// A search space is not valid, with the reason.
    case invalidSpace(reason: String)

    /// A hyperparameter of the surrogate is fixed at an invalid value.
    case invalidHyperparameter(name: String, value: Double, requirement: String)

    /// The value of a parameter is not valid, with what it must be.
    case invalidValue(name: String, value: String, requirement: String)

    /// The loss of a trial or its variance is not valid, with the reason.
    case invalidTrial(reason: String)

    /// A JSON object has an unknown member.
    case unknownMember(name: String)

    /// The number of points to suggest is negative.
    case invalidCount(Int)

    /// No surrogate could be fitted to the trials, with the reason.
    case surrogateFailed(reason: String)

    /// The error as one line of text.
    public var description: String {
        switch self {
        case .invalidParameter(let name, let reason): "the parameter \(name) is not valid: \(reason)"
        case .invalidSpace(let reason): "the search space is not valid: \(reason)"
        case .invalidHyperparameter(let name, let value, let requirement):
            "the \(name) can't be \(value): it must be \(requirement)"
        case .invalidValue(let name, let value, let requirement):
            "the parameter \(name) is \(value), and must be \(requirement)"
        case .invalidTrial(let reason): "an observation is not valid: \(reason)"
        case .unknownMember(let name): "unknown member \"\(name)\""
        case .invalidCount(let count): "\(count) points can't be asked for"
        case .surrogateFailed(let reason): "the surrogate model failed: \(reason)"
        }
    }
}
