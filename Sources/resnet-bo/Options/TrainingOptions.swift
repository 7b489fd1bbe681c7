import ArgumentParser
import NeuralNetwork
import Training

/// How a model is trained.
struct TrainingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Passes through the training images. (default: 5)",
        transform: OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        parsing: .unconditional, help: "Images of a gradient step. (default: 64)",
        transform: OptionValue.wholeNumber(1...1_000_000))
    var batchSize = 64

    @Option(
        parsing: .unconditional,
        help: "Decides the initial weights, the folds, the orders, and the optimiser's draws. (default: 10)",
        transform: OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    var settings: TrainingSettings { TrainingSettings(epochs: epochs, batchSize: batchSize, seed: seed) }
}

/// Descent beyond the learning rate.
struct MomentumOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "The part of a step's velocity that the next one keeps (PyTorch's SGD). (default: 0.0)",
        transform: OptionValue.number("from 0 to below 1") { $0 >= 0 && $0 < 1 })
    var momentum = 0.0

    @Option(
        parsing: .unconditional, help: "What is added of every weight to its gradient (PyTorch's SGD). (default: 0.0)",
        transform: OptionValue.number("not below 0") { $0 >= 0 })
    var weightDecay = 0.0

    /// Descent at a learning rate.
    func descent(_ learningRate: Double) -> SGD {
        SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    }
}

/// How the training images are split for cross-validation.
struct FoldOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Folds of the cross-validation. (default: 5)",
        transform: OptionValue.wholeNumber(2...Int.max)
    )
    var folds = 5
}

/// A learning rate that makes sense: above zero and finite.
func validateLearningRate(_ rate: Double, _ flag: String) throws {
    guard rate.isFinite, rate > 0 else { throw ValidationError("\(flag) \(rate): must be a number above 0") }
}
