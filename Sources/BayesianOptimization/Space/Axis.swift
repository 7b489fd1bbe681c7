/// A parameter as the optimiser sees it: an axis of the unit cube, or a list of choices.
///
/// The position of a value is the number on its scale, or the index of an ordinal value or a choice. A coordinate is a number
/// from 0 to 1 for a real parameter, the middle of its level's share of that interval for an integer or ordinal one, and
/// the index of the choice for a categorical one.
struct Axis: Sendable, Equatable {
    /// What the parameter is called.
    let name: String

    private let domain: Parameter.Domain

    /// How many values there are; none for a real parameter.
    let levelCount: Int?

    /// How many features the surrogate sees.
    let featureCount: Int

    /// Whether the parameter is categorical.
    let isCategorical: Bool

    /// The positions of the ends of the axis.
    ///
    /// The outer levels of an integer or ordinal parameter have half a level beyond them, so that all have the same share.
    let ends: (lower: Double, upper: Double)

    init(_ parameter: Parameter) {
        name = parameter.name
        domain = parameter.domain
        switch parameter.domain {
        case .real(let lower, let upper, let scale):
            ends = (scale.position(of: lower), scale.position(of: upper))
            (levelCount, featureCount, isCategorical) = (nil, 1, false)
        case .integer(let lower, let upper, let scale):
            ends = (scale.position(of: Double(lower) - 0.5), scale.position(of: Double(upper) + 0.5))
            (levelCount, featureCount, isCategorical) = (upper - lower + 1, 1, false)
        case .ordinal(let values):
            ends = (-0.5, Double(values.count - 1) + 0.5)
            (levelCount, featureCount, isCategorical) = (values.count, 1, false)
        case .categorical(let choices):
            ends = (0, 1)
            (levelCount, featureCount, isCategorical) = (choices.count, choices.count, true)
        }
    }

    static func == (first: Axis, second: Axis) -> Bool { first.name == second.name && first.domain == second.domain }

    /// The position of a value.
    ///
    /// - Parameter allowsOutside: Whether a number outside of the bounds is taken.
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
            // The bounds themselves, and not their neighbours in floating point.
            if coordinate <= 0 || coordinate >= 1 { return .real(coordinate <= 0 ? lower : upper) }
            return .real(min(max(scale.number(at: position(at: coordinate)), lower), upper))
        case .integer(let lower, let upper, let scale):
            return .integer(level(at: coordinate, lower, upper, scale))
        case .ordinal(let values):
            return .real(values[level(at: coordinate, 0, values.count - 1, .linear)])
        case .categorical(let choices):
            return .choice(choices[min(max(Int(coordinate), 0), choices.count - 1)])
        }
    }

    /// The whole number at a coordinate.
    private func level(at coordinate: Double, _ lower: Int, _ upper: Int, _ scale: Parameter.Scale) -> Int {
        let number = scale.number(at: ends.lower + (ends.upper - ends.lower) * coordinate).rounded()
        return min(max(Int(exactly: number) ?? lower, lower), upper)
    }

    /// The coordinate at a place from 0 to 1 that is uniform over the domain.
    func coordinate(uniform: Double) -> Double {
        if let levelCount, isCategorical { return Double(min(Int(uniform * Double(levelCount)), levelCount - 1)) }
        let coordinate = min(max(uniform, 0), 1)
        guard levelCount != nil, let position = try? position(of: value(at: coordinate), allowsOutside: false) else {
            return coordinate
        }
        return (position - ends.lower) / (ends.upper - ends.lower)
    }

    /// A value as its parameter writes it.
    func canonical(_ value: ParameterValue) -> ParameterValue {
        switch domain {
        case .real, .ordinal: value.number.map { .real($0) } ?? value
        case .integer, .categorical: value
        }
    }

    /// The coordinates to try instead of one, in a search along a discrete axis: all of few, near and far ones of many.
    func alternatives(to coordinate: Double) -> [Double] {
        guard let levelCount else { return [] }
        if isCategorical { return (0..<levelCount).map(Double.init).filter { $0 != coordinate } }
        var (lower, upper, scale) = (0, levelCount - 1, Parameter.Scale.linear)
        if case .integer(let first, let last, let itsScale) = domain { (lower, upper, scale) = (first, last, itsScale) }
        let current = level(at: coordinate, lower, upper, scale)
        let levels: [Int]
        if upper - lower < 24 {
            levels = Array(lower...upper)
        } else {
            let steps = (0..<53).map { 1 << $0 }.prefix { $0 <= upper - lower }
            levels = steps.flatMap { [current - $0, current + $0] }.filter { $0 >= lower && $0 <= upper }
        }
        return levels.filter { $0 != current }.map {
            (scale.position(of: Double($0)) - ends.lower) / (ends.upper - ends.lower)
        }
    }
}
