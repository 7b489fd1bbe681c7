import ArgumentParser
import Datasets

/// The options that choose the images.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder with the four IDX files of Fashion-MNIST, packed or not.",
            discussion: "Default: /usr/share/datasets/fashion-mnist (Debian's dataset-fashion-mnist), "
                + "then data/FashionMNIST/raw."), transform: OptionValue.name)
    var data: String?

    /// All images of both sets.
    func load() throws -> ImageDataset { try FashionMNIST.load(from: data) }

    /// The images of one set, without the files of the other.
    func load(_ part: FashionMNIST.Part) throws -> LabelledImages { try FashionMNIST.load(part, from: data) }
}

/// The option that limits the training images.
struct LimitOptions: ParsableArguments {
    @Option("Use the first N training images only; the test set stays whole.", OptionValue.wholeNumber(1...Int.max))
    var limit: Int?

    /// The data with the first N training images.
    func apply(to data: ImageDataset) throws -> ImageDataset {
        guard let limit else { return data }
        guard limit <= data.training.count else {
            throw ValidationError("--limit \(limit): there are \(data.training.count) training images")
        }
        return data.limited(training: limit)
    }
}
