/// A point of the search space, and the outcome of its evaluation.
public struct Trial: Sendable, Equatable {
    /// The outcome of an evaluation.
    public enum State: Sendable, Equatable {
        /// The evaluation returned a loss, the smaller the better. The variance of its noise is estimated if it is
        /// `nil`.
        case complete(loss: Double, variance: Double?)

        /// The evaluation failed or returned no usable loss.
        case failed

        /// The evaluation is not finished.
        case pending
    }

    /// The value of every parameter, by its name.
    public var parameters: [String: ParameterValue]

    /// The outcome.
    public var state: State

    /// Creates a trial.
    public init(_ parameters: [String: ParameterValue], _ state: State) {
        self.parameters = parameters
        self.state = state
    }

    /// The loss, of a complete trial.
    var loss: Double? { outcome?.loss }

    /// The loss and the variance of its noise, of a complete trial.
    var outcome: (loss: Double, variance: Double?)? {
        if case .complete(let loss, let variance) = state { return (loss, variance) }
        return nil
    }
}

/// In JSON: `{"parameters":{"x":0.1},"loss":0.3,"variance":0.0004}`, where the variance may be left out, or with `"state":"failed"` or
/// `"state":"pending"` instead of a loss.
extension Trial: Codable {
    private struct Entry: Codable {
        enum Kind: String, Codable { case complete, failed, pending }

        var parameters: [String: ParameterValue]
        var loss: Double?
        var variance: Double?
        var state: Kind?
    }

    /// Reads a trial.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for a missing loss, a loss of an
    ///   unfinished trial, and unknown members.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: ["parameters", "loss", "variance", "state"])
        let entry = try Entry(from: decoder)
        let state: State
        switch (entry.state ?? .complete, entry.loss) {
        case (.complete, let loss?): state = .complete(loss: loss, variance: entry.variance)
        case (.complete, nil):
            throw OptimizerError.invalidTrial(reason: "it has no loss, and its state is not failed or pending")
        case (let kind, let loss):
            guard loss == nil, entry.variance == nil else {
                throw OptimizerError.invalidTrial(reason: "it is \(kind) and has a loss")
            }
            state = kind == .failed ? .failed : .pending
        }
        self.init(entry.parameters, state)
    }

    /// Writes a trial.
    public func encode(to encoder: any Encoder) throws {
        let kind: Entry.Kind? = loss != nil ? nil : state == .failed ? .failed : .pending
        try Entry(parameters: parameters, loss: loss, variance: outcome?.variance, state: kind).encode(to: encoder)
    }
}
