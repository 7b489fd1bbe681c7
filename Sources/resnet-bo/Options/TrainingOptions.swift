import ArgumentParser
import NeuralNetwork
import Training

/// How a model is trained.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Passes through the training images.")
    var epochs = 5

    @Option(help: "Decides the initial weights, the folds, the orders, and the optimiser's draws.")
    var seed: UInt32 = 10

    var settings: TrainingSettings { TrainingSettings(epochs: epochs, seed: seed) }

    func validate() throws {
        guard (1...1_000_000).contains(epochs) else {
            throw ValidationError("--epochs \(epochs): must be between 1 and 1000000")
        }
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
