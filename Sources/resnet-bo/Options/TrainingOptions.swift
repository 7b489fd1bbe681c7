import ArgumentParser
import Datasets
import Platform
public import Training

extension LearningRateSchedule: ExpressibleByArgument {}

/// The options of training.
struct TrainingOptions: ParsableArguments {
    @Option("Passes through the training images.", OptionValue.wholeNumber(1...1_000_000))
    var epochs = 5

    @Option(
        "Decides the initial weights, the folds, the orders, and the optimiser's draws.",
        OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32 = 10

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes from step to step: constant, step (a tenth after half of the steps, a "
                + "hundredth after three quarters) or cosine (down to 0)."))
    var schedule: LearningRateSchedule = .constant

    @Flag(help: "Use Nesterov's momentum (PyTorch's SGD).")
    var nesterov = false

    @Option(
        help: ArgumentHelp(
            "Change the training images at random in every epoch: any of flip, crop and cutout, separated by commas.",
            valueName: "changes"),
        transform: Augmentation.read)
    var augment: Augmentation?

    /// The settings that all trainings share.
    var settings: TrainingSettings {
        TrainingSettings(
            epochs: epochs, seed: seed, schedule: schedule, nesterov: nesterov, augmentation: augment ?? [])
    }

    /// Throws if settings contradict the hyperparameters.
    ///
    /// - Parameter searched: The hyperparameters whose values are searched.
    func check(_ hyperparameters: HyperparameterOptions, searched: [Hyperparameter] = []) throws {
        let isMomentumSearched = searched.contains { $0.name == Hyperparameter.momentum.name }
        if nesterov, hyperparameters.momentum == 0, !isMomentumSearched {
            throw ValidationError("--nesterov: it is a kind of momentum; give --momentum too")
        }
    }
}

extension Augmentation {
    /// Reads `flip,crop,cutout` or a part of it, in any order.
    @Sendable fileprivate static func read(_ text: String) throws -> Augmentation {
        var augmentation: Augmentation = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let member = names.first(where: { $0.0 == part })?.1 else {
                let advice = KnownWords(names.map(\.0)).advice(for: String(part))
                throw ValidationError("there is no change '\(part)'; \(advice)")
            }
            guard augmentation.insert(member).inserted else { throw ValidationError("\(part) is given twice") }
        }
        return augmentation
    }
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
