/// A point of the search space, and what is known of its loss.
public struct Trial: Sendable, Equatable {
    /// What became of an evaluation.
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

    /// What became of it.
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
