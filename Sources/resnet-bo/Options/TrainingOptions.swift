import ArgumentParser
import NeuralNetwork
import Training

/// How a model is trained.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Passes through the training images.")
    var epochs = 5

    @Option(help: "Images of a gradient step.")
    var batchSize = 64

    @Option(help: "Decides the initial weights, the folds, the orders, and the optimiser's draws.")
    var seed: UInt32 = 10

    var settings: TrainingSettings { TrainingSettings(epochs: epochs, batchSize: batchSize, seed: seed) }

    func validate() throws {
        guard (1...1_000_000).contains(epochs) else {
            throw ValidationError("--epochs \(epochs): must be between 1 and 1000000")
        }
        guard (1...1_000_000).contains(batchSize) else {
            throw ValidationError("--batch-size \(batchSize): must be between 1 and 1000000")
        }
    }
}

/// Descent beyond the learning rate.
struct MomentumOptions: ParsableArguments {
    @Option(help: "The part of a step's velocity that the next one keeps (PyTorch's SGD).")
    var momentum = 0.0

    @Option(help: "What is added of every weight to its gradient (PyTorch's SGD).")
    var weightDecay = 0.0

    func validate() throws {
        guard momentum >= 0, momentum < 1 else {
            throw ValidationError("--momentum \(momentum): must be at least 0 and below 1")
        }
        guard weightDecay.isFinite, weightDecay >= 0 else {
            throw ValidationError("--weight-decay \(weightDecay): must be a number, not negative")
        }
    }

    /// The SGD settings with a learning rate.
    func sgd(_ learningRate: Double) -> SGD {
        SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    }
}

/// How the training images are split for cross-validation.
struct FoldOptions: ParsableArguments {
    @Option(help: "Folds of the cross-validation.")
    var folds = 5

    func validate() throws {
        guard folds >= 2 else { throw ValidationError("--folds \(folds): must be at least 2") }
    }
}

/// A learning rate that makes sense: above zero and finite.
func validateLearningRate(_ rate: Double, _ flag: String) throws {
    guard rate.isFinite, rate > 0 else { throw ValidationError("\(flag) \(rate): must be a number above 0") }
}
