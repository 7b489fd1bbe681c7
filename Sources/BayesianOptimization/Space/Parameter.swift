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
        /// A number between two bounds, both included; equal bounds fix it.
        case real(lower: Double, upper: Double, scale: Scale)

        /// A whole number between two bounds, both included; equal bounds fix it.
        case integer(lower: Int, upper: Int, scale: Scale)

        /// One of the numbers lower, lower + step, lower + 2 step, ... up to a bound, which is one of them only if the
        /// steps meet it.
        case steppedReal(lower: Double, upper: Double, step: Double)

        /// One of the whole numbers lower, lower + step, lower + 2 step, ... up to a bound, which is one of them only if
        /// the steps meet it.
        case steppedInteger(lower: Int, upper: Int, step: Int)

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
    ///   order, bounds of a logarithmic scale that are not above 0, steps that are not above 0 or too small for floating
    ///   point, numbers that are not finite or not in increasing order, and choices that are missing or repeated.
    public init(_ name: String, _ domain: Domain) throws(OptimizerError) {
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: name, reason: reason) }
        func check(_ lower: Double, on scale: Scale) throws(OptimizerError) {
            if scale == .log, lower <= 0 {
                throw refuse("a logarithmic scale needs a lower bound above 0, not \(lower.short)")
            }
        }
        func checkOrder(_ lower: Double, _ upper: Double) throws(OptimizerError) {
            guard lower.isFinite, upper.isFinite, (upper - lower).isFinite else {
                throw refuse("the bounds \(lower.short) and \(upper.short) and their difference must be finite")
            }
            guard lower <= upper else {
                throw refuse("the lower bound \(lower.short) is above the upper bound \(upper.short)")
            }
        }
        func checkOrder(_ lower: Int, _ upper: Int) throws(OptimizerError) {
            guard lower <= upper else { throw refuse("the lower bound \(lower) is above the upper bound \(upper)") }
            // Floating point has all whole numbers up to that.
            guard lower.magnitude <= 1 << 53, upper.magnitude <= 1 << 53 else {
                throw refuse("whole numbers must lie between -2^53 and 2^53")
            }
        }
        if name.isEmpty { throw refuse("its name is empty") }
        switch domain {
        case .real(let lower, let upper, let scale):
            try checkOrder(lower, upper)
            try check(lower, on: scale)
            guard lower == upper || scale.position(of: lower) < scale.position(of: upper) else {
                throw refuse("the bounds \(lower) and \(upper) are too close for a logarithmic scale")
            }
        case .integer(let lower, let upper, let scale):
            try checkOrder(lower, upper)
            try check(Double(lower), on: scale)
        case .steppedReal(let lower, let upper, let step):
            try checkOrder(lower, upper)
            guard step > 0, step.isFinite else { throw refuse("the step \(step.short) must be above 0 and finite") }
            guard Steps(from: lower, to: upper, step: step) != nil else {
                throw refuse(
                    "the step \(step.short) is too small for numbers between \(lower.short) and \(upper.short)")
            }
        case .steppedInteger(let lower, let upper, let step):
            try checkOrder(lower, upper)
            guard step > 0 else { throw refuse("the step \(step) must be above 0") }
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
