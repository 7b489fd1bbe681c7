/// What an objective returned at one point.
public struct Observation: Sendable, Equatable {
    /// Where the objective was evaluated.
    public var x: Double

    /// What it returned: the smaller the better.
    public var loss: Double

    /// An observation of a loss at a point.
    public init(x: Double, loss: Double) {
        self.x = x
        self.loss = loss
    }
}
