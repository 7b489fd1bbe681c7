import ArgumentParser
import Datasets
import Platform

/// The options that say how to read images.
struct ReadingFlags: ParsableArguments {
    @Flag(help: "Exchange rows and columns of the images in IDX files; EMNIST needs it.")
    var transpose = false

    @Option(help: "The order of the dimensions of colour images in an .npz file, where their sizes do not tell it.")
    var layout: ReadingOptions.Layout?

    @Option(
        "Bring the shorter side of images in folders to N pixels, and take the middle.",
        OptionValue.wholeNumber(1...4096))
    var resize: Int?

    @Option(
        help: "Draw this share of images in folders for testing, if there are no folders train and test.",
        transform: OptionValue.number("a number above 0 and below 1") { $0 > 0 && $0 < 1 })
    var testShare: Double?

    /// How the images are read.
    ///
    /// - Parameters:
    ///   - seed: decides what `--test-share` draws; `nil` for the default.
    ///   - model: How they were read for the training of a model, which holds where no flag says otherwise.
    func options(seed: UInt32?, like model: ReadingOptions? = nil) -> ReadingOptions {
        var options = ReadingOptions()
        options.isTransposed = transpose
        options.layout = layout
        options.resize = resize
        options.testShare = testShare
        if let model { options.adopt(model) }
        if let seed { options.seed = seed }
        return options
    }

    /// Reads images, and says what was found at a path that was named.
    func find(_ parts: [ImagePart], at path: String?, options: ReadingOptions) throws -> FoundImages {
        let found = try ImageSource(path, options: options).load(parts)
        if path != nil { StandardError.write(found.summary) }
        return found
    }
}

extension ReadingOptions.Layout: ExpressibleByArgument {}

/// The options that choose the images.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The images: a folder with IDX files, CIFAR's binary files, or one folder for each class; or an .npz file.",
            discussion: "Default: Fashion-MNIST in /usr/share/datasets/fashion-mnist (Debian's dataset-fashion-mnist), "
                + "then data/FashionMNIST/raw."), transform: OptionValue.name)
    var data: String?

    @OptionGroup var reading: ReadingFlags

    /// All images of both sets.
    ///
    /// - Parameter seed: decides what `--test-share` draws.
    func load(seed: UInt32) throws -> ImageDataset {
        try reading.find(ImagePart.allCases, at: data, options: reading.options(seed: seed)).dataset
    }

    /// The images of one set, without those of the other.
    func load(_ part: ImagePart, options: ReadingOptions) throws -> LabelledImages {
        try reading.find([part], at: data, options: options).sets[part]!
    }
}

/// The seed of commands that do not train.
struct TestShareSeed: ParsableArguments {
    @Option(
        "Decides what --test-share draws; that of the training. (default: that of a saved model, otherwise 10)",
        OptionValue.wholeNumber(0...UInt32.max))
    var seed: UInt32?
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
