import Glibc

/// A parameter as the optimiser sees it: an axis of the unit cube, or a list of choices.
///
/// A coordinate is a number from 0 to 1 for a real parameter, the middle of its level's share of that interval for an integer
/// one, and the index of the choice for a categorical one.
struct Axis: Sendable {
    let parameter: Parameter

    /// How many values there are; none for a real parameter.
    var levelCount: Int? {
        switch parameter.domain {
        case .real: nil
        case .integer(let lower, let upper, _): upper - lower + 1
        case .categorical(let choices): choices.count
        }
    }

    /// How many features the surrogate sees.
    var featureCount: Int {
        if case .categorical(let choices) = parameter.domain { return choices.count }
        return 1
    }

    /// The ends of the axis on its scale.
    ///
    /// The outer levels of an integer have half a level of room beyond them, so that all have their share of the axis.
    private var ends: (lower: Double, upper: Double) {
        switch parameter.domain {
        case .real(let lower, let upper, .linear): (lower, upper)
        case .real(let lower, let upper, .log): (log(lower), log(upper))
        case .integer(let lower, let upper, .linear): (Double(lower) - 0.5, Double(upper) + 0.5)
        case .integer(let lower, let upper, .log): (log(Double(lower) - 0.5), log(Double(upper) + 0.5))
        case .categorical: (0, 1)
        }
    }

    /// The coordinate of a value.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a value of another kind, or outside the domain.
    func coordinate(of value: ParameterValue) throws(OptimizerError) -> Double {
        func refuse(_ requirement: String) -> OptimizerError {
            .invalidValue(name: parameter.name, value: "\(value)", requirement: requirement)
        }
        let (low, high) = ends
        switch (parameter.domain, value) {
        case (.real(let lower, let upper, let scale), .real(let number)):
            guard number >= lower, number <= upper else { throw refuse("between \(lower) and \(upper)") }
            return min(max(((scale == .log ? log(number) : number) - low) / (high - low), 0), 1)
        case (.real(let lower, let upper, _), .integer(let number)):
            guard Double(number) >= lower, Double(number) <= upper else {
                throw refuse("between \(lower) and \(upper)")
            }
            return try coordinate(of: .real(Double(number)))
        case (.integer(let lower, let upper, let scale), .integer(let number)):
            guard number >= lower, number <= upper else { throw refuse("between \(lower) and \(upper)") }
            return ((scale == .log ? log(Double(number)) : Double(number)) - low) / (high - low)
        case (.categorical(let choices), .choice(let choice)):
            guard let index = choices.firstIndex(of: choice) else {
                throw refuse("one of \(choices.joined(separator: ", "))")
            }
            return Double(index)
        case (.real, _): throw refuse("a number")
        case (.integer, _): throw refuse("a whole number")
        case (.categorical, _): throw refuse("one of the choices")
        }
    }

    /// The value at a coordinate: the nearest one for an integer parameter.
    func value(at coordinate: Double) -> ParameterValue {
        let (low, high) = ends
        let position = low + (high - low) * coordinate
        // The bounds themselves, and not their neighbours in floating point.
        if case .real(let lower, let upper, _) = parameter.domain, coordinate <= 0 || coordinate >= 1 {
            return .real(coordinate <= 0 ? lower : upper)
        }
        switch parameter.domain {
        case .real(let lower, let upper, let scale):
            return .real(min(max(scale == .log ? exp(position) : position, lower), upper))
        case .integer(let lower, let upper, let scale):
            let number = (scale == .log ? exp(position) : position).rounded()
            return .integer(min(max(Int(number), lower), upper))
        case .categorical(let choices):
            return .choice(choices[min(max(Int(coordinate), 0), choices.count - 1)])
        }
    }

    /// The coordinate of the value at a coordinate: moves an integer parameter's to the middle of its level.
    func snapped(_ coordinate: Double) -> Double {
        guard levelCount != nil, let exact = try? self.coordinate(of: value(at: coordinate)) else { return coordinate }
        return exact
    }

    /// The coordinate at a place from 0 to 1 that is uniform over the domain.
    func coordinate(uniform: Double) -> Double {
        if case .categorical(let choices) = parameter.domain {
            return Double(min(Int(uniform * Double(choices.count)), choices.count - 1))
        }
        return snapped(min(max(uniform, 0), 1))
    }

    /// Appends the features at a coordinate.
    ///
    /// Different choices are a unit apart, as far as the ends of a numeric axis.
    func appendFeatures(at coordinate: Double, to features: inout [Double]) {
        if case .categorical(let choices) = parameter.domain {
            for index in choices.indices { features.append(Double(index) == coordinate ? 0.5.squareRoot() : 0) }
        } else {
            features.append(coordinate)
        }
    }

    /// The coordinates to try instead of one, in a search along a discrete axis: all of few, near and far ones of many.
    func alternatives(to coordinate: Double) -> [Double] {
        switch parameter.domain {
        case .real: return []
        case .categorical(let choices): return choices.indices.map(Double.init).filter { $0 != coordinate }
        case .integer(let lower, let upper, _):
            guard case .integer(let current) = value(at: coordinate) else { return [] }
            let levels: [Int]
            if upper - lower < 24 {
                levels = Array(lower...upper)
            } else {
                let steps = (0..<53).map { 1 << $0 }.prefix { $0 <= upper - lower }
                levels = steps.flatMap { [current - $0, current + $0] }.filter { $0 >= lower && $0 <= upper }
            }
            return levels.filter { $0 != current }.compactMap { try? self.coordinate(of: .integer($0)) }
        }
    }
}
