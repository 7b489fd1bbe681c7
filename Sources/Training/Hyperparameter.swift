import NeuralNetwork

/// A hyperparameter of training: a row of the one table that command line, search, records, plots and resuming read.
package struct Hyperparameter: Sendable {
    /// The values that make sense.
    package enum Domain: Sendable, Equatable {
        /// Finite numbers above 0.
        case positive

        /// Finite numbers from 0 on.
        case nonNegative

        /// Numbers from 0 on, below 1.
        case fraction

        /// Whole numbers.
        case integer(ClosedRange<Int>)

        /// Whether a value is one of them.
        package func allows(_ value: Double) -> Bool {
            switch self {
            case .positive: value.isFinite && value > 0
            case .nonNegative: value.isFinite && value >= 0
            case .fraction: value >= 0 && value < 1
            case .integer(let range): Int(exactly: value).map(range.contains) ?? false
            }
        }

        /// What ``allows(_:)`` asks for, as the end of a sentence that begins with "must be".
        package var requirement: String {
            switch self {
            case .positive: "a number above 0"
            case .nonNegative: "a number, not negative"
            case .fraction: "at least 0 and below 1"
            case .integer(let range): "a whole number between \(range.lowerBound) and \(range.upperBound)"
            }
        }
    }

    /// The name in records and in the search space: `weight_decay`.
    package let name: String

    /// What it is, for a person.
    package let help: String

    /// The values that make sense.
    package let domain: Domain

    /// The value where none is asked for.
    package let defaultValue: Double

    /// The value in a configuration, as a number.
    package let get: @Sendable (TrainingConfiguration) -> Double

    /// Sets the value in a configuration.
    package let set: @Sendable (inout TrainingConfiguration, Double) -> Void

    private init(
        _ name: String, _ help: String, _ domain: Domain, default defaultValue: Double,
        _ path: any WritableKeyPath<TrainingConfiguration, Double> & Sendable
    ) {
        self.name = name
        self.help = help
        self.domain = domain
        self.defaultValue = defaultValue
        get = { $0[keyPath: path] }
        set = { $0[keyPath: path] = $1 }
    }

    private init(
        _ name: String, _ help: String, _ range: ClosedRange<Int>, default defaultValue: Int,
        _ path: any WritableKeyPath<TrainingConfiguration, Int> & Sendable
    ) {
        self.name = name
        self.help = help
        domain = .integer(range)
        self.defaultValue = Double(defaultValue)
        get = { Double($0[keyPath: path]) }
        set = { $0[keyPath: path] = Int($1) }
    }

    /// All of them, in the order in which people see them.
    package static let all = [learningRate, momentum, weightDecay, batchSize]

    /// The factor of the gradient in a step.
    package static let learningRate = Hyperparameter(
        "learning_rate", "The learning rate.", .positive, default: 0.01, \.sgd.learningRate)

    /// What a step keeps of the one before.
    package static let momentum = Hyperparameter(
        "momentum", "The part of a step's velocity that the next one keeps (PyTorch's SGD).", .fraction, default: 0,
        \.sgd.momentum)

    /// The L2 penalty.
    package static let weightDecay = Hyperparameter(
        "weight_decay", "What is added of every weight to its gradient (PyTorch's SGD).", .nonNegative, default: 0,
        \.sgd.weightDecay)

    /// Samples of a step.
    package static let batchSize = Hyperparameter(
        "batch_size", "Images of a gradient step.", 1...1_000_000, default: 64, \.batchSize)
}

extension TrainingConfiguration {
    /// A configuration from values by their names; hyperparameters without one have their defaults.
    package init(_ values: [String: Double], replicate: Int = 0) {
        self.init(sgd: SGD(learningRate: 0), batchSize: 1, replicate: replicate)
        for row in Hyperparameter.all { row.set(&self, values[row.name] ?? row.defaultValue) }
    }
}
