/// A point of the search space, and what is known of its loss.
public struct Trial: Sendable, Equatable {
    /// The outcome of an evaluation.
    public enum State: Sendable, Equatable {
        /// It returned a loss, the smaller the better. The variance of its noise is known, or to be estimated.
        case complete(loss: Double, variance: Double?)

        /// It returned nothing that could be used.
        case failed

        /// It is not finished.
        case pending
    }

    /// The value of every parameter, by its name.
    public var parameters: [String: ParameterValue]

    /// The outcome.
    public var state: State

    /// A trial from its parts.
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
    private enum Kind: String, Codable { case complete, failed, pending }

    private enum CodingKeys: String, CodingKey, CaseIterable { case parameters, loss, variance, state }

    /// Reads a trial.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for a loss that is missing or does not
    ///   belong there and for members that a trial does not have.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        parameters = try container.decode([String: ParameterValue].self, forKey: .parameters)
        let loss = try container.decodeIfPresent(Double.self, forKey: .loss)
        let variance = try container.decodeIfPresent(Double.self, forKey: .variance)
        let kind = try container.decodeIfPresent(Kind.self, forKey: .state) ?? .complete
        if kind == .complete {
            guard let loss else {
                throw OptimizerError.invalidTrial(reason: "it has no loss, and its state is not failed or pending")
            }
            state = .complete(loss: loss, variance: variance)
        } else {
            guard loss == nil, variance == nil else {
                throw OptimizerError.invalidTrial(reason: "it is \(kind.rawValue) and has a loss")
            }
            state = kind == .failed ? .failed : .pending
        }
    }

    /// Writes a trial.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(parameters, forKey: .parameters)
        if case .complete(let loss, let variance) = state {
            try container.encode(loss, forKey: .loss)
            if let variance { try container.encode(variance, forKey: .variance) }
        } else {
            try container.encode(state == .failed ? Kind.failed : .pending, forKey: .state)
        }
    }
}
