import Platform

/// A point of the search space, and the outcome of its evaluation.
public struct Trial: Sendable, Equatable {
    /// The outcome of an evaluation.
    public enum State: Sendable, Equatable {
        /// The evaluation returned a loss, the smaller the better. The variance of its noise is estimated if it is
        /// `nil`.
        case complete(loss: Double, variance: Double?)

        /// The evaluation failed or returned no usable loss, and the point is the cause: another evaluation there would
        /// probably fail too.
        case failed

        /// The evaluation was lost, and the point is not the cause: a machine broke down, or the time was over.
        ///
        /// A lost trial says nothing about the point. It is forgotten, and its pending trial is withdrawn.
        case lost

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

/// In JSON: `{"parameters":{"x":0.1},"loss":0.3,"variance":0.0004}`, where the variance may be left out, or with `"state":"failed"`,
/// `"state":"lost"` or `"state":"pending"` instead of a loss.
extension Trial: Codable {
    private enum CodingKeys: CodingKey { case parameters }

    /// Reads a trial.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for a missing loss, a loss of an
    ///   unfinished trial, and unknown members.
    public init(from decoder: any Decoder) throws {
        state = try State(
            from: decoder, besides: ["parameters"],
            synonyms: ["params": "parameters", "point": "parameters", "x": "parameters"])
        parameters = try decoder.container(keyedBy: CodingKeys.self)
            .decode([String: ParameterValue].self, forKey: .parameters)
    }

    /// Writes a trial.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(parameters, forKey: .parameters)
        try state.encodeMembers(to: encoder)
    }
}

extension Trial.State {
    private struct Members: Codable {
        enum Kind: String, Codable, CaseIterable { case complete, failed, lost, pending }

        var loss: Double?
        var variance: Double?
        var state: Kind?
    }

    /// What to do with an evaluation that returned no finite loss.
    package static let adviceWithoutLoss = "a trial without a finite loss is told as {\"state\": \"failed\"}"

    /// Reads a state from the members `loss`, `variance` and `state` of an object.
    ///
    /// - Parameters:
    ///   - others: The other members of the object.
    ///   - synonyms: Wrong words for them.
    /// - Throws: As the initialiser of ``Trial``.
    package init(
        from decoder: any Decoder, besides others: [String], synonyms: [String: String] = [:]
    ) throws {
        let words = KnownWords(
            others + ["loss", "variance", "state"],
            synonyms: [
                "value": "loss", "y": "loss", "f": "loss", "objective": "loss", "target": "loss", "cost": "loss",
                "status": "state", "var": "variance", "noise": "variance",
            ].merging(synonyms) { $1 })
        try decoder.refuseMembers(otherThan: words)
        let members = try Members(from: decoder)
        switch (members.state ?? .complete, members.loss) {
        case (.complete, let loss?): self = .complete(loss: loss, variance: members.variance)
        case (.complete, nil):
            throw OptimizerError.invalidTrial(
                reason: "there is no loss, and the state is not failed, lost or pending; \(Self.adviceWithoutLoss)")
        case (let kind, let loss):
            guard loss == nil, members.variance == nil else {
                throw OptimizerError.invalidTrial(
                    reason: "the trial is \(kind) and has a \(loss == nil ? "variance" : "loss")")
            }
            self = kind == .failed ? .failed : kind == .lost ? .lost : .pending
        }
    }

    fileprivate func encodeMembers(to encoder: any Encoder) throws {
        let members =
            switch self {
            case .complete(let loss, let variance): Members(loss: loss, variance: variance)
            case .failed: Members(state: .failed)
            case .lost: Members(state: .lost)
            case .pending: Members(state: .pending)
            }
        try members.encode(to: encoder)
    }
}
