/// Where to evaluate next.
public struct Suggestion: Sendable, Equatable, Codable {
    /// The value of every parameter, by its name.
    public var parameters: [String: ParameterValue]

    /// The acquisition function there; none for a point that no surrogate chose.
    public var acquisition: Double?
}
