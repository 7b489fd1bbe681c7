/// A point and the value of the acquisition function there.
public struct Suggestion: Sendable, Equatable {
    /// The point.
    public var x: Double

    /// The acquisition function at the point, in units of the loss.
    public var acquisition: Double

    /// A point with the value of the acquisition function there.
    public init(x: Double, acquisition: Double) {
        self.x = x
        self.acquisition = acquisition
    }
}
