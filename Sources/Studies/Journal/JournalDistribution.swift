package import BayesianOptimization
import JSON

/// The domain of a parameter in a journal: a distribution of Optuna (`optuna/distributions.py`).
///
/// A journal has the value of a parameter as a number: that of a categorical distribution is the index of the choice.
package enum JournalDistribution: Sendable, Equatable {
    /// A number from `low` to `high`; with a step one of low, low + step, ...
    case float(low: Double, high: Double, log: Bool, step: Double?)

    /// A whole number from `low` to `high`, one of low, low + step, ...
    case int(low: Int, high: Int, log: Bool, step: Int)

    /// One of some texts and numbers.
    case categorical([ParameterValue])

    // MARK: Text

    /// Reads the text of a distribution, also of the kinds that Optuna has replaced since version 3.
    ///
    /// - Throws: `JSONError`.
    init(_ text: String) throws(JSONError) {
        let json = try JSONValue(parsing: Array(text.utf8))
        let attributes = json["attributes"] ?? json
        guard let name = (json["name"] ?? json["type"])?.string else {
            throw JSONError(problem: "a distribution has no name")
        }
        let kind = name.lowercased()
        let log = attributes["log"]?.bool ?? kind.contains("log")
        if let choices = attributes["choices"]?.array {
            self = .categorical(try choices.map { (choice) throws(JSONError) in try choice.decode() })
        } else if kind.hasPrefix("int"), let low = attributes["low"]?.int, let high = attributes["high"]?.int {
            self = .int(low: low, high: high, log: log, step: attributes["step"]?.int ?? 1)
        } else if let low = attributes["low"]?.double, let high = attributes["high"]?.double {
            self = .float(low: low, high: high, log: log, step: (attributes["step"] ?? attributes["q"])?.double)
        } else {
            throw JSONError(problem: "the distribution \(name) is not known")
        }
    }

    /// The text in a journal, as `distribution_to_json` of Optuna writes it.
    var text: String {
        get throws {
            func write(_ name: String, _ attributes: KeyValuePairs<String, any Encodable & Sendable>) throws -> String {
                try JSON.encode(JournalLine(["name": name, "attributes": JournalLine(attributes)]), layout: .line)
            }
            return switch self {
            case .float(let low, let high, let log, let step):
                try write("FloatDistribution", ["step": step, "low": low, "high": high, "log": log])
            case .int(let low, let high, let log, let step):
                try write("IntDistribution", ["log": log, "step": step, "low": low, "high": high])
            case .categorical(let choices): try write("CategoricalDistribution", ["choices": choices])
            }
        }
    }

    // MARK: Values

    /// The value of a number in a journal; `nil` if it has none.
    func value(of number: Double) -> ParameterValue? {
        switch self {
        case .float: number.isFinite ? .real(number) : nil
        case .int: Int(exactly: number).map { .integer($0) }
        case .categorical(let choices):
            Int(exactly: number).flatMap { choices.indices.contains($0) ? choices[$0] : nil }
        }
    }

    /// The number of a value in a journal; `nil` if the distribution does not have it.
    func number(of value: ParameterValue) -> Double? {
        guard case .categorical(let choices) = self else { return value.number }
        return choices.firstIndex { $0 == value || value.number != nil && $0.number == value.number }.map(Double.init)
    }

    /// Whether Optuna accepts both distributions for one parameter (`check_distribution_compatibility`).
    func isCompatible(with other: JournalDistribution) -> Bool {
        switch (self, other) {
        case (.float(_, _, let log, _), .float(_, _, let otherLog, _)): log == otherLog
        case (.int(_, _, let log, _), .int(_, _, let otherLog, _)): log == otherLog
        case (.categorical(let choices), .categorical(let others)): choices == others
        default: false
        }
    }

    // MARK: Parameters

    /// The distribution of a hyperparameter: that of the searched parameter, or of a single value.
    init(of value: NamedValue, in space: ParameterSpace) {
        switch (space[value.name]?.domain, value.value) {
        case (.real(let lower, let upper, let scale), _):
            self = .float(low: lower, high: upper, log: scale == .log, step: nil)
        case (.integer(let lower, let upper, let scale), _):
            self = .int(low: lower, high: upper, log: scale == .log, step: 1)
        case (.steppedReal(let lower, let upper, let step), _):
            self = .float(low: lower, high: upper, log: false, step: step)
        case (.steppedInteger(let lower, let upper, let step), _):
            self = .int(low: lower, high: upper, log: false, step: step)
        case (.ordinal(let values), .integer) where values.allSatisfy { Int(exactly: $0) != nil }:
            self = .categorical(values.map { .integer(Int($0)) })
        case (.ordinal(let values), _): self = .categorical(values.map { .real($0) })
        case (.categorical(let choices), _): self = .categorical(choices.map { .choice($0) })
        case (nil, .real(let number)): self = .float(low: number, high: number, log: false, step: nil)
        case (nil, .integer(let number)): self = .int(low: number, high: number, log: false, step: 1)
        case (nil, .choice(let choice)): self = .categorical([.choice(choice)])
        }
    }

    /// The domain to search; `nil` for a single value.
    ///
    /// Numeric choices in increasing order are an ordinal parameter.
    package var domain: Parameter.Domain? {
        switch self {
        case .float(let low, let high, _, _) where low == high: return nil
        case .int(let low, let high, _, _) where low == high: return nil
        case .float(let low, let high, _, let step?): return .steppedReal(lower: low, upper: high, step: step)
        case .float(let low, let high, let log, nil):
            return .real(lower: low, upper: high, scale: log ? .log : .linear)
        case .int(let low, let high, let log, 1):
            return .integer(lower: low, upper: high, scale: log ? .log : .linear)
        case .int(let low, let high, _, let step): return .steppedInteger(lower: low, upper: high, step: step)
        case .categorical(let choices):
            let numbers = choices.compactMap(\.number)
            if choices.count < 2 { return nil }
            if numbers.count == choices.count, zip(numbers, numbers.dropFirst()).allSatisfy(<) {
                return .ordinal(values: numbers)
            }
            return .categorical(choices: choices.map(\.description))
        }
    }
}
