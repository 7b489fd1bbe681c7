/// A parameter as the optimiser sees it: an axis of the unit cube, or a list of choices.
///
/// The position of a value is the number on its scale, or the index of an ordinal value or a choice. A coordinate is a number
/// from 0 to 1 for a real parameter, the middle of its level's share of that interval for an integer or ordinal one, and
/// the index of the choice for a categorical one.
struct Axis: Sendable, Equatable {
    /// The name of the parameter.
    let name: String

    private let domain: Parameter.Domain
    private let scale: Parameter.Scale

    /// The whole numbers or the indices that the parameter can have; `nil` for a real one.
    private let levels: ClosedRange<Int>?

    /// The positions of the ends of the axis.
    ///
    /// An integer or ordinal axis ends half a level beyond the outer levels, so that all levels have the same share.
    let ends: (lower: Double, upper: Double)

    init(_ parameter: Parameter) {
        name = parameter.name
        domain = parameter.domain
        var bounds = (0.0, 0.0)
        switch parameter.domain {
        case .real(let lower, let upper, let itsScale): (scale, levels, bounds) = (itsScale, nil, (lower, upper))
        case .integer(let lower, let upper, let itsScale): (scale, levels) = (itsScale, lower...upper)
        case .ordinal(let values): (scale, levels) = (.linear, 0...values.count - 1)
        case .categorical(let choices): (scale, levels, ends) = (.linear, 0...choices.count - 1, (0, 1)); return
        }
        if let levels { bounds = (Double(levels.lowerBound) - 0.5, Double(levels.upperBound) + 0.5) }
        ends = (scale.position(of: bounds.0), scale.position(of: bounds.1))
    }

    /// The number of values; `nil` for a real parameter.
    var levelCount: Int? { levels?.count }

    /// The number of features.
    var featureCount: Int { isCategorical ? levelCount ?? 1 : 1 }

    /// Whether the parameter is categorical.
    var isCategorical: Bool { if case .categorical = domain { true } else { false } }

    static func == (first: Axis, second: Axis) -> Bool { first.name == second.name && first.domain == second.domain }

    /// The position of a value.
    ///
    /// - Parameter allowsOutside: Whether a number outside of the bounds is accepted.
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a value of another kind, or outside the domain.
    func position(of value: ParameterValue, allowsOutside: Bool) throws(OptimizerError) -> Double {
        func refuse(_ requirement: String) -> OptimizerError {
            .invalidValue(name: name, value: "\(value)", requirement: requirement)
        }
        func position(
            of number: Double, _ lower: Double, _ upper: Double, _ bounds: String, _ scale: Parameter.Scale
        ) throws(OptimizerError) -> Double {
            let position = scale.position(of: number)
            guard number >= lower && number <= upper || allowsOutside && position.isFinite else { throw refuse(bounds) }
            return position
        }
        switch domain {
        case .real(let lower, let upper, let scale):
            guard let number = value.number else { throw refuse("a number") }
            return try position(of: number, lower, upper, "between \(lower) and \(upper)", scale)
        case .integer(let lower, let upper, let scale):
            guard case .integer(let number) = value else { throw refuse("a whole number") }
            return try position(
                of: Double(number), Double(lower), Double(upper), "between \(lower) and \(upper)", scale)
        case .ordinal(let values):
            guard let number = value.number, let index = values.firstIndex(of: number) else {
                throw refuse("one of \(values.map { "\($0)" }.joined(separator: ", "))")
            }
            return Double(index)
        case .categorical(let choices):
            guard case .choice(let choice) = value else { throw refuse("one of the choices") }
            guard let index = choices.firstIndex(of: choice) else {
                throw refuse("one of \(choices.joined(separator: ", "))")
            }
            return Double(index)
        }
    }

    /// The coordinate at a position; the nearest one of the axis for a position beyond its ends.
    func coordinate(at position: Double) -> Double {
        if isCategorical { return position }
        let coordinate = (position - ends.lower) / (ends.upper - ends.lower)
        return coordinate >= 0 && coordinate <= 1 ? coordinate : self.coordinate(uniform: coordinate)
    }

    /// The position at a coordinate.
    func position(at coordinate: Double) -> Double {
        isCategorical || coordinate > 0 && coordinate < 1
            ? ends.lower + (ends.upper - ends.lower) * coordinate : coordinate <= 0 ? ends.lower : ends.upper
    }

    /// The value at a coordinate: the nearest one for an integer or ordinal parameter.
    func value(at coordinate: Double) -> ParameterValue {
        switch domain {
        case .real(let lower, let upper, let scale):
            // The bounds exactly: the scale would round them to their neighbours in floating point.
            if coordinate <= 0 || coordinate >= 1 { return .real(coordinate <= 0 ? lower : upper) }
            return .real(min(max(scale.number(at: position(at: coordinate)), lower), upper))
        case .integer: return .integer(level(at: coordinate))
        case .ordinal(let values): return .real(values[level(at: coordinate)])
        case .categorical(let choices): return .choice(choices[level(at: coordinate)])
        }
    }

    /// The whole number or the index at a coordinate.
    private func level(at coordinate: Double) -> Int {
        guard let levels else { return 0 }
        let number = isCategorical ? coordinate : scale.number(at: ends.lower + (ends.upper - ends.lower) * coordinate)
        return min(max(Int(exactly: number.rounded()) ?? levels.lowerBound, levels.lowerBound), levels.upperBound)
    }

    /// The coordinate of a number from 0 to 1; uniform numbers give every level of a discrete axis the same share.
    func coordinate(uniform: Double) -> Double {
        if isCategorical, let levelCount { return Double(min(Int(uniform * Double(levelCount)), levelCount - 1)) }
        let coordinate = min(max(uniform, 0), 1)
        return levels == nil ? coordinate : self.coordinate(ofLevel: level(at: coordinate))
    }

    /// A value in its canonical form: `real` for a real or ordinal parameter.
    func canonical(_ value: ParameterValue) -> ParameterValue {
        switch domain {
        case .real, .ordinal: value.number.map { .real($0) } ?? value
        case .integer, .categorical: value
        }
    }

    /// The coordinate of a whole number or an index of a numeric axis.
    private func coordinate(ofLevel level: Int) -> Double {
        (scale.position(of: Double(level)) - ends.lower) / (ends.upper - ends.lower)
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
