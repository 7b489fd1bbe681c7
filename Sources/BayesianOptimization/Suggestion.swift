/// A point to evaluate next.
public struct Suggestion: Sendable, Equatable, Codable {
    /// The value of every parameter, by its name.
    public var parameters: [String: ParameterValue]

    /// The acquisition function there; `nil` for the initial point, a point of the initial design, and a value that is
    /// not finite.
    public var acquisition: Double?
}
