import Platform

/// One parameter of the search space: a name and a domain.
public struct Parameter: Sendable, Equatable {
    /// The measure of distance along a numeric parameter.
    public enum Scale: String, Sendable, CaseIterable, Codable {
        /// Differences of numbers.
        case linear

        /// Ratios of numbers; the bounds must be above 0.
        case log

        /// The position of a number on the scale.
        func position(of number: Double) -> Double { self == .log ? Platform.log(number) : number }

        /// The number at a position on the scale.
        func number(at position: Double) -> Double { self == .log ? exp(position) : position }
    }

    /// The set of values of a parameter.
    public enum Domain: Sendable, Equatable {
        /// A number between two bounds, both included.
        case real(lower: Double, upper: Double, scale: Scale)

        /// A whole number between two bounds, both included.
        case integer(lower: Int, upper: Int, scale: Scale)

        /// One of some numbers in increasing order, which count as evenly spaced.
        case ordinal(values: [Double])

        /// One of several choices without an order.
        case categorical(choices: [String])
    }

    /// The name, which identifies the parameter.
    public let name: String

    /// The set of its values.
    public let domain: Domain

    /// Creates a parameter.
    ///
    /// - Throws: ``OptimizerError/invalidParameter(name:reason:)`` for an empty name, bounds that are not finite or not in
    ///   order, bounds of a logarithmic scale that are not above 0, numbers that are not finite or not in increasing order,
    ///   and choices that are missing or repeated.
    public init(_ name: String, _ domain: Domain) throws(OptimizerError) {
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: name, reason: reason) }
        func check(_ lower: Double, on scale: Scale) throws(OptimizerError) {
            if scale == .log, lower <= 0 {
                throw refuse("a logarithmic scale needs a lower bound above 0, not \(lower)")
            }
        }
        if name.isEmpty { throw refuse("its name is empty") }
        switch domain {
        case .real(let lower, let upper, let scale):
            guard lower.isFinite, upper.isFinite, lower < upper, (upper - lower).isFinite else {
                throw refuse("the lower bound \(lower) must be below the upper bound \(upper), and both must be finite")
            }
            try check(lower, on: scale)
            guard scale.position(of: lower) < scale.position(of: upper) else {
                throw refuse("the bounds \(lower) and \(upper) are too close for a logarithmic scale")
            }
        case .integer(let lower, let upper, let scale):
            guard lower <= upper else { throw refuse("the lower bound \(lower) is above the upper bound \(upper)") }
            // Beyond that, half numbers between whole numbers do not exist in floating point.
            guard lower.magnitude <= 1 << 52, upper.magnitude <= 1 << 52 else {
                throw refuse("whole numbers must lie between -2^52 and 2^52")
            }
            try check(Double(lower), on: scale)
        case .ordinal(let values):
            guard !values.isEmpty, values.allSatisfy(\.isFinite), zip(values, values.dropFirst()).allSatisfy(<) else {
                throw refuse("there must be at least one value, and all must be finite and in increasing order")
            }
        case .categorical(let choices):
            if choices.isEmpty { throw refuse("there must be at least one choice") }
            if Set(choices).count != choices.count { throw refuse("a choice is named twice") }
        }
        self.name = name
        self.domain = domain
    }
}
