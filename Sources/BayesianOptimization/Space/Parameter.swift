/// One thing to choose, with its name and what it can be.
public struct Parameter: Sendable, Equatable {
    /// How distances along a numeric parameter are measured.
    public enum Scale: String, Sendable, CaseIterable {
        /// By differences.
        case linear

        /// By ratios; the bounds must be above 0.
        case log
    }

    /// What a parameter can be.
    public enum Domain: Sendable, Equatable {
        /// A number between two bounds, both included.
        case real(lower: Double, upper: Double, scale: Scale)

        /// A whole number between two bounds, both included.
        case integer(lower: Int, upper: Int, scale: Scale)

        /// One of several choices without an order.
        case categorical(choices: [String])
    }

    /// What identifies the parameter.
    public let name: String

    /// What it can be.
    public let domain: Domain

    /// A parameter.
    ///
    /// - Throws: ``OptimizerError/invalidParameter(name:reason:)`` for bounds that are not finite or not in order, bounds of a
    ///   logarithmic scale that are not above 0, and choices that are missing or repeated.
    public init(_ name: String, _ domain: Domain) throws(OptimizerError) {
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: name, reason: reason) }
        switch domain {
        case .real(let lower, let upper, let scale):
            guard lower.isFinite, upper.isFinite, lower < upper, (upper - lower).isFinite else {
                throw refuse("the lower bound \(lower) must be below the upper bound \(upper), and both must be finite")
            }
            if scale == .log, lower <= 0 {
                throw refuse("a logarithmic scale needs a lower bound above 0, not \(lower)")
            }
        case .integer(let lower, let upper, let scale):
            guard lower <= upper else { throw refuse("the lower bound \(lower) is above the upper bound \(upper)") }
            // Beyond that, neighbouring whole numbers are no longer different numbers in floating point.
            guard lower.magnitude <= 1 << 52, upper.magnitude <= 1 << 52 else {
                throw refuse("whole numbers must lie between -2^52 and 2^52")
            }
            if scale == .log, lower <= 0 {
                throw refuse("a logarithmic scale needs a lower bound above 0, not \(lower)")
            }
        case .categorical(let choices):
            if choices.isEmpty { throw refuse("there must be at least one choice") }
            if Set(choices).count != choices.count { throw refuse("a choice is named twice") }
        }
        self.name = name
        self.domain = domain
    }
}

/// The value of a parameter.
public enum ParameterValue: Sendable, Hashable {
    /// Of a real parameter.
    case real(Double)

    /// Of an integer parameter.
    case integer(Int)

    /// Of a categorical parameter.
    case choice(String)
}

extension ParameterValue: CustomStringConvertible {
    /// The value as text.
    public var description: String {
        switch self {
        case .real(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .choice(let value): value
        }
    }
}
