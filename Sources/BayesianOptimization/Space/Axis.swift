/// A parameter as the optimiser sees it: an axis of the unit cube, or a list of choices.
///
/// The position of a value is the number on its scale, or the index of an ordinal value or a choice. A coordinate is a number
/// from 0 to 1 for a real parameter, the middle of its level's share of that interval for an integer, ordinal or stepped
/// one, 0.5 for a number that is fixed, and the index of the choice for a categorical one.
struct Axis: Sendable, Equatable {
    /// What becomes of a number outside of its domain.
    enum Outside: Sendable {
        /// It is refused, unless it is outside by rounding: then its position is that of the bound.
        case refused

        /// It has its own position, unless it is outside by rounding.
        case accepted

        /// It has its own position.
        case unchanged
    }

    /// The name of the parameter.
    let name: String

    private let domain: Parameter.Domain
    private let scale: Parameter.Scale

    /// The whole numbers or the indices that the parameter can have; `nil` for a real one.
    private let levels: ClosedRange<Int>?

    /// The numbers of a parameter with a step; levels are their indices.
    private let steps: Steps?

    /// The distance between the bounds on the scale, which rounding is measured with; for a number that is fixed its
    /// own size.
    private let range: Double

    /// The positions of the ends of the axis.
    ///
    /// An axis with levels ends half a level beyond the outer ones, so that all levels have the same share.
    let ends: (lower: Double, upper: Double)

    init(_ parameter: Parameter) {
        name = parameter.name
        domain = parameter.domain
        var bounds: (lower: Double, upper: Double)
        var margin = 0.5
        var steps: Steps?
        switch parameter.domain {
        case .real(let lower, let upper, let itsScale):
            (scale, bounds, margin) = (itsScale, (lower, upper), 0)
            levels = lower == upper ? 0...0 : nil
        case .integer(let lower, let upper, let itsScale):
            (scale, levels, bounds) = (itsScale, lower...upper, (Double(lower), Double(upper)))
        case .steppedReal(let lower, let upper, let step):
            steps = Steps(from: lower, to: upper, step: step)
            (scale, levels) = (.linear, 0...(steps?.last ?? 0))
            (bounds, margin) = ((lower, steps?.number(steps?.last ?? 0) ?? lower), step / 2)
        case .steppedInteger(let lower, let upper, let step):
            let last = (upper - lower) / step
            steps = Steps(from: Double(lower), to: Double(lower + last * step), step: Double(step))
            (scale, levels) = (.linear, 0...last)
            (bounds, margin) = ((Double(lower), Double(lower + last * step)), Double(step) / 2)
        case .ordinal(let values):
            (scale, levels, bounds) = (.linear, 0...values.count - 1, (0, Double(values.count - 1)))
        case .categorical(let choices):
            (scale, levels, bounds, margin) = (.linear, 0...choices.count - 1, (0, 1), 0)
        }
        self.steps = steps
        let (lower, upper) = (scale.position(of: bounds.lower), scale.position(of: bounds.upper))
        range = upper > lower ? upper - lower : scale == .log || lower == 0 ? 1 : abs(lower)
        if case .real = parameter.domain, levels != nil {
            // A number that is fixed lies in the middle of an axis whose length is its own size.
            ends = (lower - range / 2, lower + range / 2)
        } else {
            ends = (scale.position(of: bounds.lower - margin), scale.position(of: bounds.upper + margin))
        }
    }

    /// The number of values; `nil` for a real parameter.
    var levelCount: Int? { levels?.count }

    /// The number of features.
    var featureCount: Int { isCategorical ? levelCount ?? 1 : 1 }

    /// Whether the parameter is categorical.
    var isCategorical: Bool { if case .categorical = domain { true } else { false } }

    /// Whether the parameter is a number that can have one value only.
    private var isFixed: Bool { levels?.count == 1 && !isCategorical }

    static func == (first: Axis, second: Axis) -> Bool { first.name == second.name && first.domain == second.domain }

    /// The position of a value, and whether the value is in the domain or outside by rounding only.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a value of another kind, and for one outside of
    ///   the domain if that is refused.
    func position(
        of value: ParameterValue, outside: Outside
    ) throws(OptimizerError) -> (position: Double, isInside: Bool) {
        func refuse(_ requirement: String) -> OptimizerError {
            .invalidValue(name: name, value: "\(value)", requirement: requirement)
        }
        /// The position of a number, if the nearest number of the domain is another one.
        func place(
            _ number: Double, nearest: Double, _ requirement: String
        ) throws(OptimizerError) -> (position: Double, isInside: Bool) {
            let own = scale.position(of: number)
            guard own.isFinite else { throw refuse(requirement) }
            if outside == .unchanged { return (own, false) }
            if isRounded(number, nearest) { return (scale.position(of: nearest), true) }
            guard outside == .accepted else { throw refuse(requirement) }
            return (own, false)
        }
        func place(
            _ number: Double, _ lower: Double, _ upper: Double, step: Double
        ) throws(OptimizerError) -> (position: Double, isInside: Bool) {
            let nearest = steps.map { $0.number($0.index(nearestTo: number)) } ?? number
            if number == nearest { return (number, true) }
            return try place(
                number, nearest: nearest,
                "between \(lower.short) and \(upper.short), in steps of \(step.short) from \(lower.short) on")
        }
        switch domain {
        case .real(let lower, let upper, _):
            guard let number = value.number else { throw refuse("a number") }
            if number >= lower && number <= upper { return (scale.position(of: number), true) }
            return try place(
                number, nearest: number < lower ? lower : upper,
                isFixed ? lower.short : "between \(lower.short) and \(upper.short)")
        case .integer(let lower, let upper, _):
            guard case .integer(let number) = value else { throw refuse("a whole number") }
            if number >= lower && number <= upper { return (scale.position(of: Double(number)), true) }
            return try place(
                Double(number), nearest: Double(number < lower ? lower : upper),
                isFixed ? "\(lower)" : "between \(lower) and \(upper)")
        case .steppedReal(let lower, let upper, let step):
            guard let number = value.number else { throw refuse("a number") }
            return try place(number, lower, upper, step: step)
        case .steppedInteger(let lower, let upper, let step):
            guard case .integer(let number) = value else { throw refuse("a whole number") }
            return try place(Double(number), Double(lower), Double(upper), step: Double(step))
        case .ordinal(let values):
            guard let number = value.number,
                let index = values.firstIndex(of: number)
                    ?? values.firstIndex(where: { Rounding.isResult(number, of: $0) })
            else { throw refuse("one of \(values.map(\.short).joined(separator: ", "))") }
            return (Double(index), true)
        case .categorical(let choices):
            guard case .choice(let choice) = value else { throw refuse("one of the choices") }
            guard let index = choices.firstIndex(of: choice) else {
                throw refuse("one of \(choices.joined(separator: ", "))")
            }
            return (Double(index), true)
        }
    }

    /// Whether two values of this parameter differ at most by rounding, as after single precision or as text.
    func isSame(_ told: ParameterValue, as exact: ParameterValue) -> Bool {
        guard told != exact else { return true }
        guard !isCategorical, let told = told.number, let exact = exact.number else { return false }
        if case .ordinal = domain { return Rounding.isResult(told, of: exact) }
        return isRounded(told, exact)
    }

    /// The distance of two values on the scale, in ranges; 0 for choices.
    func distance(_ first: ParameterValue, _ second: ParameterValue) -> Double {
        guard let first = first.number, let second = second.number else { return 0 }
        return abs(scale.position(of: first) - scale.position(of: second)) / range
    }

    /// Whether a number differs from an exact one at most by rounding.
    private func isRounded(_ number: Double, _ exact: Double) -> Bool {
        let distance = abs(scale.position(of: number) - scale.position(of: exact))
        // Neighbouring steps are never the same.
        let tolerance = min(Rounding.tolerance * range, 0.25 * (steps?.step ?? .infinity))
        return distance <= tolerance || Rounding.isResult(number, of: exact)
    }

    /// The coordinate at a position; the nearest one of the axis for a position beyond its ends or between its steps.
    func coordinate(at position: Double) -> Double {
        if isCategorical { return position }
        let coordinate = openCoordinate(at: position)
        if let steps, coordinate >= 0, coordinate <= 1 {
            return self.coordinate(ofLevel: steps.index(nearestTo: position))
        }
        return coordinate >= 0 && coordinate <= 1 && !isFixed ? coordinate : self.coordinate(uniform: coordinate)
    }

    /// The coordinate at a position on a numeric axis that goes on beyond its ends.
    func openCoordinate(at position: Double) -> Double {
        if isFixed, position == self.position(at: 0.5) { return 0.5 }
        // The limit prevents an overflow of squared distances, where nothing is known anyway.
        return min(max((position - ends.lower) / (ends.upper - ends.lower), -1e6), 1e6)
    }

    /// The position at a coordinate.
    func position(at coordinate: Double) -> Double {
        if isFixed { return position(ofLevel: levels?.lowerBound ?? 0) }
        return isCategorical || coordinate > 0 && coordinate < 1
            ? ends.lower + (ends.upper - ends.lower) * coordinate : coordinate <= 0 ? ends.lower : ends.upper
    }

    /// The value at a coordinate: the nearest one for a parameter with levels.
    func value(at coordinate: Double) -> ParameterValue {
        switch domain {
        case .real(let lower, let upper, let scale):
            // The bounds exactly: the scale would round them to their neighbours in floating point.
            if coordinate <= 0 || coordinate >= 1 || isFixed { return .real(coordinate <= 0 ? lower : upper) }
            return .real(min(max(scale.number(at: position(at: coordinate)), lower), upper))
        case .integer: return .integer(level(at: coordinate))
        case .steppedReal(let lower, let upper, _):
            return .real(min(max(steps?.number(level(at: coordinate)) ?? lower, lower), upper))
        case .steppedInteger(let lower, _, let step): return .integer(lower + level(at: coordinate) * step)
        case .ordinal(let values): return .real(values[level(at: coordinate)])
        case .categorical(let choices): return .choice(choices[level(at: coordinate)])
        }
    }

    /// The whole number or the index at a coordinate.
    private func level(at coordinate: Double) -> Int {
        guard let levels, !isFixed else { return self.levels?.lowerBound ?? 0 }
        let number = isCategorical ? coordinate : scale.number(at: ends.lower + (ends.upper - ends.lower) * coordinate)
        if let steps { return steps.index(nearestTo: number) }
        return min(max(Int(exactly: number.rounded()) ?? levels.lowerBound, levels.lowerBound), levels.upperBound)
    }

    /// The coordinate of a number from 0 to 1; uniform numbers give every level of a discrete axis the same share.
    func coordinate(uniform: Double) -> Double {
        if isCategorical, let levelCount { return Double(min(Int(uniform * Double(levelCount)), levelCount - 1)) }
        let coordinate = min(max(uniform, 0), 1)
        return levels == nil ? coordinate : self.coordinate(ofLevel: level(at: coordinate))
    }

    /// The coordinate of a level, by its index from 0.
    ///
    /// - Precondition: The axis has that level.
    func coordinate(ofIndex index: Int) -> Double {
        isCategorical ? Double(index) : coordinate(ofLevel: (levels?.lowerBound ?? 0) + index)
    }

    /// A value in its canonical form: `real` for a real or ordinal parameter.
    func canonical(_ value: ParameterValue) -> ParameterValue {
        switch domain {
        case .real, .steppedReal, .ordinal: value.number.map { .real($0) } ?? value
        case .integer, .steppedInteger, .categorical: value
        }
    }

    /// The coordinate of a whole number or an index of a numeric axis.
    private func coordinate(ofLevel level: Int) -> Double {
        isFixed ? 0.5 : (position(ofLevel: level) - ends.lower) / (ends.upper - ends.lower)
    }

    /// The position of a whole number or an index of a numeric axis.
    private func position(ofLevel level: Int) -> Double {
        if case .real(let lower, _, _) = domain { return scale.position(of: lower) }
        return scale.position(of: steps?.number(level) ?? Double(level))
    }

    /// The coordinates to try instead of one, in a search along a discrete axis: all of up to 24, otherwise those at
    /// distances of powers of 2.
    func alternatives(to coordinate: Double) -> [Double] {
        guard let levels else { return [] }
        if isCategorical { return levels.map(Double.init).filter { $0 != coordinate } }
        let current = level(at: coordinate)
        var others = Array(levels.prefix(24))
        if levels.count > 24 {
            let steps = (0..<53).map { 1 << $0 }.prefix { $0 < levels.count }
            others = steps.flatMap { [current - $0, current + $0] }.filter(levels.contains)
        }
        return others.filter { $0 != current }.map(coordinate(ofLevel:))
    }
}
