import ArgumentParser
import Datasets
import Platform
import Training

/// The options of training.
struct TrainingOptions: ParsableArguments {
    @Option("Passes through the training images.", OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        "Decides the initial weights, the folds, the orders, and the optimiser's draws.",
        OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    /// The settings that all trainings share.
    var settings: TrainingSettings { TrainingSettings(epochs: epochs, seed: seed) }
}

/// The option for the folds of the cross-validation.
struct FoldOptions: ParsableArguments {
    @Option("Folds of the cross-validation.", OptionValue.wholeNumber(2...Int.max))
    var folds = 5

    @Flag(help: "Give every fold nearly the same share of each class (scikit-learn's StratifiedKFold).")
    var stratify = false

    /// Says which class is missing in some folds, if one is.
    func warn(about images: LabelledImages) {
        let counts = ImageStatistics(of: images).counts
        guard stratify, let index = counts.indices.first(where: { (1..<folds).contains(counts[$0]) }) else { return }
        StandardError.write(
            "--stratify: class '\(images.format.classNames[index])' has \(counts[index]) training images for \(folds) folds, "
                + "so some have none")
    }
}
