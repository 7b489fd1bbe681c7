import BayesianOptimization
import JSON

/// Messages about invalid observations, in the spelling of the text that they were read from.
struct ObservationMessage {
    /// The text.
    let document: JSONDocument

    /// The path of the list of observations.
    let list: [String]

    /// Whether parameters are members of an observation, and not of its `parameters`.
    let isFlat: Bool

    /// The message of an error in reading observations.
    static func text(_ error: JSONError) -> String {
        // A loss that is not finite is what users meet first.
        error.member == "loss" ? "\(error.problem); \(Trial.State.adviceWithoutLoss)" : error.problem
    }

    /// The message of an error of the optimiser.
    func text(_ error: OptimizerError) -> String {
        guard case .invalidObservation(let number, let reason) = error else { return "\(error)" }
        func value(_ path: [String], _ value: String, _ requirement: String) -> String {
            let written = document.spelling(at: list + ["\(number - 1)"] + path) ?? value
            return "observation \(number): \(path.joined(separator: ".")) is \(written), and must be \(requirement)"
        }
        func path(_ name: String) -> [String] { isFlat ? [name] : ["parameters", name] }
        return switch reason {
        case .invalidValue(let name, let text, let requirement): value(path(name), text, requirement)
        case .invalidOutcome(let member, let text, let requirement): value([member], text, requirement)
        case .missingValue(let name): "observation \(number): \(path(name).joined(separator: ".")) is missing"
        default: "\(error)"
        }
    }
}
