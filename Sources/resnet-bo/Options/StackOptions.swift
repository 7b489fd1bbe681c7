import ArgumentParser
import Datasets

/// The options for the stack and the batch size of measured steps.
struct StackOptions: ParsableArguments {
    @Option("Models of the stack.", OptionValue.wholeNumber(1...100_000))
    var stack = 5

    @Option("Images of a gradient step.", OptionValue.wholeNumber(2...1_000_000))
    var batchSize = 64

    @OptionGroup var network: NetworkOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var seed: TestShareSeed

    /// The training images, which are enough for a step.
    func load() throws -> LabelledImages {
        let images = try data.load(.training, options: data.reading.options(seed: seed.seed))
        guard batchSize <= images.count else {
            throw ValidationError("--batch-size \(batchSize): there are \(images.count) training images")
        }
        return images
    }
}
