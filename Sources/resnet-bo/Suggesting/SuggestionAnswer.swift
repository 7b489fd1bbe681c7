import BayesianOptimization

/// The answer of `suggest`:
/// `{"next":[{"parameters":{...},"acquisition":x}],"best":{"parameters":{...},"mean":m,"std":s},"stop":false}`.
struct SuggestionAnswer: Encodable {
    var next: [Suggestion]
    var best: Recommendation?
    var stop: Bool

    /// Creates the answer of an optimiser.
    init(asking optimizer: inout BayesianOptimizer, count: Int) throws(OptimizerError) {
        best = try optimizer.recommendation()
        stop = try optimizer.stopReason() != nil
        next = try optimizer.ask(count)
    }

    /// Parameters as text, in the order of their names.
    static func words(_ parameters: [String: ParameterValue]) -> String {
        parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
