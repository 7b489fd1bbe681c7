import BayesianOptimization

/// The answer of `suggest`:
/// `{"next":[{"parameters":{...},"acquisition":x}],"best":{"parameters":{...},"mean":m,"std":s},"stop":false}`, with a
/// `"stop_reason"` if `"stop"` is true.
struct SuggestionAnswer: Encodable {
    private enum CodingKeys: CodingKey { case next, best, stop, stopReason }

    var next: [Suggestion]
    var best: Recommendation?

    /// The reason to stop; `nil` while another evaluation is worth it.
    var stopReason: String?

    /// Creates the answer of an optimiser.
    ///
    /// - Parameters:
    ///   - count: The number of suggestions.
    ///   - skip: The number of suggestions before those, which are left out and withdrawn.
    ///   - stops: Whether there may be a reason to stop.
    init(
        asking optimizer: inout BayesianOptimizer, count: Int, skip: Int = 0, stops: Bool
    ) throws(OptimizerError) {
        best = try optimizer.recommendation()
        stopReason = stops ? try optimizer.stopReason()?.description : nil
        var asked = optimizer
        let suggestions = try asked.ask(skip + count)
        // What is left out is evaluated elsewhere, if at all. It must not stay pending here.
        try asked.tell(suggestions.prefix(skip).map { Trial($0.parameters, .lost) })
        next = Array(suggestions.dropFirst(skip))
        optimizer = asked
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(next, forKey: .next)
        try container.encodeIfPresent(best, forKey: .best)
        try container.encode(stopReason != nil, forKey: .stop)
        if let stopReason { try container.encode(stopReason, forKey: .stopReason) }
    }

    /// Parameters as text, in the order of their names.
    static func words(_ parameters: [String: ParameterValue]) -> String {
        parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
