import BayesianOptimization
import Platform
import Studies

/// A searched parameter as the axis of a drawing.
///
/// Numbers lie on their own scale. Choices and ordinal values have the places 0, 1, 2 and so on, with their texts as ticks.
struct ParameterAxis: Sendable {
    let parameter: Parameter

    /// The name of the parameter.
    var name: String { parameter.name }

    /// The name for display.
    var label: String { NamedValue.label(of: parameter.name) }

    /// The texts of the values of a parameter that lies on no scale; `nil` for a number.
    var choices: [String]? {
        switch parameter.domain {
        case .ordinal(let values): values.map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" }
        case .categorical(let choices): choices
        default: nil
        }
    }

    /// Whether the scale is logarithmic.
    var isLogarithmic: Bool {
        switch parameter.domain {
        case .real(_, _, .log), .integer(_, _, .log): true
        default: false
        }
    }

    /// The place of a value; `nil` for a value of another kind.
    func place(of value: ParameterValue?) -> Double? {
        switch parameter.domain {
        case .ordinal(let values): value?.number.flatMap { number in values.firstIndex(of: number).map(Double.init) }
        case .categorical(let choices): value.flatMap { value in choices.firstIndex(of: "\(value)").map(Double.init) }
        default: value?.number
        }
    }

    /// The ends of the axis, with a margin.
    var range: ClosedRange<Double> {
        func widened(_ lower: Double, _ upper: Double) -> ClosedRange<Double> {
            if isLogarithmic {
                let margin = pow(upper / lower, 0.03)
                return lower < upper ? lower / margin...upper * margin : lower / 2...upper * 2
            }
            let margin = lower < upper ? 0.03 * (upper - lower) : max(abs(lower), 1)
            return lower - margin...upper + margin
        }
        return switch parameter.domain {
        case .real(let lower, let upper, _): widened(lower, upper)
        case .integer(let lower, let upper, _): widened(Double(lower), Double(upper))
        case .steppedReal(let lower, let upper, _): widened(lower, upper)
        case .steppedInteger(let lower, let upper, _): widened(Double(lower), Double(upper))
        case .ordinal(let values): -0.5...Double(values.count) - 0.5
        case .categorical(let choices): -0.5...Double(choices.count) - 0.5
        }
    }

    /// The commands of the axis.
    ///
    /// - Parameter axis: `x` or `y`.
    func commands(_ axis: String) -> String {
        var commands = "set \(axis)label '\(Gnuplot.text(label))'; set \(axis)range \(range.gnuplot)"
        if isLogarithmic { commands += "; set logscale \(axis)" }
        if let choices {
            // Of many choices only some are named.
            let named = Array(choices.enumerated()).spread(12)
            commands += "; set \(axis)tics \(Gnuplot.ticks(named.map { ($0, String($1.prefix(16))) }))"
        }
        return commands
    }

    /// The values of the parameter along the axis in increasing order, of which there are at most so many, with their places.
    func samples(_ count: Int, in space: ParameterSpace) -> [(place: Double, value: ParameterValue)] {
        var samples: [(place: Double, value: ParameterValue)] = []
        let index = space.parameters.firstIndex { $0.name == name } ?? 0
        var numbers = Array(repeating: 0.5, count: space.parameters.count)
        for step in 0..<count {
            numbers[index] = Double(step) / Double(count - 1)
            guard let value = space.values(atUniform: numbers)[name], let place = place(of: value),
                samples.last?.place != place
            else { continue }
            samples.append((place, value))
        }
        return samples
    }
}
