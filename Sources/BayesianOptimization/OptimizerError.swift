/// An input that an optimiser refuses, or a failure of its surrogate.
public indirect enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// A parameter is not valid, with the reason.
    case invalidParameter(name: String, reason: String)

    /// A search space is not valid, with the reason.
    case invalidSpace(reason: String)

    /// A hyperparameter of the surrogate is fixed at an invalid value.
    case invalidHyperparameter(name: String, value: Double, requirement: String)

    /// The value of a parameter is not valid, with what it must be.
    case invalidValue(name: String, value: String, requirement: String)

    /// A point has no value for a parameter.
    case missingValue(name: String)

    /// A point has a value for a parameter that the space does not have, with advice.
    case unknownParameter(name: String, advice: String)

    /// The loss of a trial or its variance is not valid, with what it must be.
    ///
    /// The member is `loss` or `variance`, as in JSON.
    case invalidOutcome(member: String, value: String, requirement: String)

    /// The trials are not valid together, with the reason, or the members of one in JSON.
    case invalidTrial(reason: String)

    /// One of the told trials is not valid: its number, counted from 1, and the error.
    case invalidObservation(number: Int, error: OptimizerError)

    /// A JSON object has an unknown member, with advice.
    case unknownMember(name: String, advice: String)

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
        case .missingValue(let name): "the parameter \(name) is missing"
        case .unknownParameter(let name, let advice): "there is no parameter \"\(name)\"; \(advice)"
        case .invalidOutcome(let member, let value, let requirement):
            "the \(member) is \(value), and must be \(requirement)"
        case .invalidTrial(let reason): reason
        case .invalidObservation(let number, let error): "observation \(number): \(error)"
        case .unknownMember(let name, let advice): "unknown member \"\(name)\"; \(advice)"
        case .invalidCount(let count): "\(count) points can't be asked for"
        case .surrogateFailed(let reason): "the surrogate model failed: \(reason)"
        }
    }
}
