/// Where to evaluate the objective next, and why.
public struct Proposal: Sendable {
    /// The point to evaluate.
    public let x: Double

    /// The acquisition function at the point; none for a point that was chosen without observations.
    public let acquisition: Double?

    /// The surrogate that the point was chosen by; none without observations.
    public let surrogate: Surrogate?
}
