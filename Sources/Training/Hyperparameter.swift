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

        /// Numbers above 0, up to a largest one.
        case positiveUpTo(Double)

        /// Whole numbers.
        case integer(ClosedRange<Int>)

        /// Whether a value is one of them.
        package func allows(_ value: Double) -> Bool {
            switch self {
            case .positive: value.isFinite && value > 0
            case .nonNegative: value.isFinite && value >= 0
            case .fraction: value >= 0 && value < 1
            case .positiveUpTo(let largest): value > 0 && value <= largest
            case .integer(let range): Int(exactly: value).map(range.contains) ?? false
            }
        }

        /// What ``allows(_:)`` asks for, as the end of a sentence that begins with "must be".
        package var requirement: String {
            switch self {
            case .positive: "a number above 0"
            case .nonNegative: "a number, not negative"
            case .fraction: "at least 0 and below 1"
            case .positiveUpTo(let largest): "a number above 0 and at most \(Int(largest))"
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

    /// Where the value is in a configuration.
    package let path: any WritableKeyPath<TrainingConfiguration, Double> & Sendable

    /// All of them, in the order in which people see them.
    package static let all = [
        learningRate, momentum, weightDecay, batchSize, warmUp, labelSmoothing, clipNorm, dropout, width,
    ]

    /// The factor of the gradient in a step.
    package static let learningRate = Hyperparameter(
        name: "learning_rate", help: "The learning rate.", domain: .positive, defaultValue: 0.01,
        path: \.step.learningRate)

    /// What a step keeps of the one before.
    package static let momentum = Hyperparameter(
        name: "momentum", help: "The part of a step's velocity that the next one keeps (PyTorch's SGD).",
        domain: .fraction, defaultValue: 0, path: \.step.momentum)

    /// The L2 penalty.
    package static let weightDecay = Hyperparameter(
        name: "weight_decay", help: "What is added of every weight to its gradient (PyTorch's SGD).",
        domain: .nonNegative, defaultValue: 0, path: \.step.weightDecay)

    /// Samples of a step.
    package static let batchSize = Hyperparameter(
        name: "batch_size", help: "Images of a gradient step.", domain: .integer(1...1_000_000), defaultValue: 64,
        path: \.batchSizeNumber)

    /// The first steps, with smaller learning rates.
    package static let warmUp = Hyperparameter(
        name: "warm_up",
        help: "Epochs in which the learning rate grows from a hundredth to its whole value (PyTorch's LinearLR).",
        domain: .nonNegative, defaultValue: 0, path: \.warmUp)

    /// Labels that are less than certain.
    package static let labelSmoothing = Hyperparameter(
        name: "label_smoothing",
        help: "The part of a label that all classes share in the loss of training (PyTorch's CrossEntropyLoss).",
        domain: .fraction, defaultValue: 0, path: \.step.labelSmoothing)

    /// The limit of the gradients.
    package static let clipNorm = Hyperparameter(
        name: "clip_norm",
        help: "The largest norm of all gradients together; larger ones are scaled down (PyTorch's clip_grad_norm_). "
            + "0 is no limit.",
        domain: .nonNegative, defaultValue: 0, path: \.step.clipNorm)

    /// The part of the features that a step drops.
    package static let dropout = Hyperparameter(
        name: "dropout",
        help: "The part of the last layer's inputs that is dropped at random in training (PyTorch's Dropout).",
        domain: .fraction, defaultValue: 0, path: \.step.dropout)

    /// The size of the network.
    package static let width = Hyperparameter(
        name: "width", help: "Multiplies the channels of all layers, rounded to whole numbers.",
        domain: .positiveUpTo(64), defaultValue: 1, path: \.width)
}

extension TrainingConfiguration {
    /// A configuration from values by their names; hyperparameters without one have their defaults.
    package init(_ values: [String: Double], replicate: Int = 0) {
        self.init(step: StepSettings(learningRate: 0), batchSize: 1, replicate: replicate)
        for row in Hyperparameter.all { self[keyPath: row.path] = values[row.name] ?? row.defaultValue }
    }

    /// The batch size as the table has it.
    fileprivate var batchSizeNumber: Double {
        get { Double(batchSize) }
        set { batchSize = Int(newValue) }
    }
}
