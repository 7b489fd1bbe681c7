/// Something that a study can search, by the name it has on the command line.
package enum Hyperparameter: String, CaseIterable, Sendable {
    case learningRate = "learning-rate"
    case momentum
    case weightDecay = "weight-decay"
    case batchSize = "batch-size"

    /// The name for a person.
    package var name: String { rawValue.replacing("-", with: " ") }

    /// The values that make sense.
    func allows(_ value: Double) -> Bool {
        switch self {
        case .learningRate: value.isFinite && value > 0
        case .momentum: value >= 0 && value < 1
        case .weightDecay: value.isFinite && value >= 0
        case .batchSize: (1...1_000_000).contains(value) && value.rounded() == value
        }
    }

    /// What ``allows(_:)`` asks for, in words.
    var requirement: String {
        switch self {
        case .learningRate: "a number above 0"
        case .momentum: "at least 0 and below 1"
        case .weightDecay: "a number, not negative"
        case .batchSize: "a whole number between 1 and 1000000"
        }
    }
}

extension Hyperparameters {
    /// The value of one of them.
    package subscript(hyperparameter: Hyperparameter) -> Double {
        get {
            switch hyperparameter {
            case .learningRate: learningRate
            case .momentum: momentum
            case .weightDecay: weightDecay
            case .batchSize: Double(batchSize)
            }
        }
        set {
            switch hyperparameter {
            case .learningRate: learningRate = newValue
            case .momentum: momentum = newValue
            case .weightDecay: weightDecay = newValue
            case .batchSize: batchSize = Int(newValue)
            }
        }
    }
}

/// A hyperparameter that is searched, and where.
package struct SearchDimension: Sendable, Equatable {
    /// The values among which the best one is sought.
    package enum Domain: Sendable, Equatable {
        /// All between two bounds, both included; of a batch size the whole numbers.
        case range(ClosedRange<Double>, Scale)

        /// Some values.
        case choices([Double])
    }

    /// What is searched.
    package let hyperparameter: Hyperparameter

    /// Where.
    package let domain: Domain

    /// A dimension from its parts.
    ///
    /// - Throws: ``SearchDimensionError`` for values that the hyperparameter can't have.
    package init(_ hyperparameter: Hyperparameter, _ domain: Domain) throws(SearchDimensionError) {
        self.hyperparameter = hyperparameter
        self.domain = domain
        let values =
            switch domain {
            case .range(let range, _): [range.lowerBound, range.upperBound]
            case .choices(let values): values
            }
        for value in values where !hyperparameter.allows(value) {
            throw SearchDimensionError("\(value) is impossible: it must be \(hyperparameter.requirement)")
        }
        switch domain {
        case .range(let range, let scale):
            guard range.lowerBound < range.upperBound else {
                throw SearchDimensionError("\(range.lowerBound) must be below \(range.upperBound)")
            }
            guard scale == .linear || range.lowerBound > 0 else {
                throw SearchDimensionError("a logarithmic scale needs a lower bound above 0, not \(range.lowerBound)")
            }
        case .choices(let values):
            guard Set(values).count == values.count, values.count > 1 else {
                throw SearchDimensionError("there must be at least two values, all different")
            }
        }
    }

    /// The value that is closest to another one.
    package func nearest(to value: Double) -> Double {
        switch domain {
        case .range(let range, _): min(max(value, range.lowerBound), range.upperBound)
        case .choices(let choices): choices.min { abs($0 - value) < abs($1 - value) } ?? value
        }
    }

    /// Reads `momentum=0.0..0.99`, `weight-decay=log:1e-6..1e-2` or `batch-size=32,64,128`.
    ///
    /// - Throws: ``SearchDimensionError``.
    package init(_ text: String) throws(SearchDimensionError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw SearchDimensionError("it must read NAME=LOWER..UPPER, NAME=log:LOWER..UPPER or NAME=VALUE,VALUE,...")
        }
        guard let hyperparameter = Hyperparameter(rawValue: String(parts[0])) else {
            let names = Hyperparameter.allCases.map(\.rawValue).joined(separator: ", ")
            throw SearchDimensionError("there is no '\(parts[0])' to search; there is \(names)")
        }
        let isLogarithmic = parts[1].hasPrefix("log:")
        let values = isLogarithmic ? parts[1].dropFirst(4) : parts[1]
        func number(_ text: Substring) throws(SearchDimensionError) -> Double {
            guard let value = Double(text), value.isFinite else {
                throw SearchDimensionError("'\(text)' is not a number")
            }
            return value
        }
        if let dots = values.firstRange(of: "..") {
            let lower = try number(values[..<dots.lowerBound])
            let upper = try number(values[dots.upperBound...])
            guard lower < upper else { throw SearchDimensionError("\(lower) must be below \(upper)") }
            try self.init(hyperparameter, .range(lower...upper, isLogarithmic ? .log : .linear))
        } else {
            guard !isLogarithmic else { throw SearchDimensionError("log: needs LOWER..UPPER") }
            var choices: [Double] = []
            for value in values.split(separator: ",", omittingEmptySubsequences: false) {
                choices.append(try number(value))
            }
            try self.init(hyperparameter, .choices(choices))
        }
    }
}

/// Why something can't be searched.
package struct SearchDimensionError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as a clause.
    package let description: String

    /// A problem with a dimension.
    init(_ description: String) {
        self.description = description
    }
}
