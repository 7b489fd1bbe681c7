/// The interval in which the best point is sought.
public struct SearchSpace: Sendable, Equatable {
    /// The smallest point.
    public let lower: Double

    /// The largest point.
    public let upper: Double

    /// The interval from `lower` to `upper`, both included.
    ///
    /// - Throws: ``OptimizerError/invalidSpace(lower:upper:)`` unless both are finite and `lower` is below `upper`.
    public init(lower: Double, upper: Double) throws(OptimizerError) {
        guard lower.isFinite, upper.isFinite, lower < upper, (upper - lower).isFinite else {
            throw .invalidSpace(lower: lower, upper: upper)
        }
        self.lower = lower
        self.upper = upper
    }

    /// The interval as a range.
    var range: ClosedRange<Double> { lower...upper }
}
