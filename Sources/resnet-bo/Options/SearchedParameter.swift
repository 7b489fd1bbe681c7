import ArgumentParser
import BayesianOptimization
import Platform
import Training

/// A hyperparameter that `--search` names, with its domain.
struct SearchedParameter {
    /// The argument as given.
    let text: String

    /// The row of the searched hyperparameter.
    let row: Hyperparameter

    /// The searched domain.
    let parameter: Parameter

    /// The names that may be searched, for the help.
    static var flags: String {
        Hyperparameter.all.filter { $0.name != Hyperparameter.learningRate.name }.map(\.flag).joined(separator: ", ")
    }

    /// Reads `momentum=0.0..0.99`, `weight-decay=log:1e-6..1e-2` or `batch-size=32,64,128`.
    init(_ text: String) throws {
        self.text = text
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ValidationError("it must read NAME=LOWER..UPPER, NAME=log:LOWER..UPPER or NAME=VALUE,VALUE,...")
        }
        guard let row = Hyperparameter.all.first(where: { $0.flag == parts[0] }) else {
            let flags = Hyperparameter.all.map(\.flag)
            if let nearest = KnownWords(flags).nearest(to: String(parts[0])) {
                throw ValidationError("'\(parts[0])' can't be searched; did you mean '\(nearest)'?")
            }
            throw ValidationError(
                "'\(parts[0])' can't be searched; it must be one of \(flags.joined(separator: ", "))")
        }
        guard row.name != Hyperparameter.learningRate.name else {
            throw ValidationError("use --lower and --upper for the learning rate")
        }
        self.row = row
        parameter = try Self.parameter(row, parts[1])
    }

    private static func parameter(_ row: Hyperparameter, _ text: Substring) throws -> Parameter {
        let isLogarithmic = text.hasPrefix("log:")
        let values = isLogarithmic ? text.dropFirst(4) : text
        func number(_ text: Substring) throws -> Double {
            guard let value = Double(text), value.isFinite else { throw ValidationError("'\(text)' is not a number") }
            guard row.domain.allows(value) else {
                throw ValidationError("\(text) is not allowed: it must be \(row.domain.requirement)")
            }
            return value
        }
        let domain: Parameter.Domain
        if let dots = values.firstRange(of: "..") {
            let (lower, upper) = (try number(values[..<dots.lowerBound]), try number(values[dots.upperBound...]))
            guard lower < upper else { throw ValidationError("\(lower) must be below \(upper)") }
            let scale: Parameter.Scale = isLogarithmic ? .log : .linear
            domain =
                if case .integer = row.domain { .integer(lower: Int(lower), upper: Int(upper), scale: scale) } else {
                    .real(lower: lower, upper: upper, scale: scale)
                }
        } else {
            guard !isLogarithmic else { throw ValidationError("log: needs LOWER..UPPER") }
            let choices = try values.split(separator: ",", omittingEmptySubsequences: false).map(number)
            guard Set(choices).count == choices.count, choices.count > 1 else {
                throw ValidationError("there must be at least two values, all different")
            }
            domain = .ordinal(values: choices.sorted())
        }
        do throws(OptimizerError) {
            return try Parameter(row.name, domain)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The value of the domain that is closest to a given one.
    func nearest(to value: Double) -> Double {
        switch parameter.domain {
        case .real(let lower, let upper, _): min(max(value, lower), upper)
        case .integer(let lower, let upper, _): min(max(value, Double(lower)), Double(upper))
        case .ordinal(let values): values.min { abs($0 - value) < abs($1 - value) } ?? value
        // No argument makes one of these.
        case .steppedReal, .steppedInteger, .categorical: value
        }
    }
}

extension Hyperparameter {
    /// The name on the command line, such as `weight-decay`.
    var flag: String { String(name.map { $0 == "_" ? "-" : $0 }) }

    /// A number as the value of this hyperparameter.
    func value(_ number: Double) -> ParameterValue {
        if case .integer = domain { .integer(Int(number)) } else { .real(number) }
    }
}
