import ArgumentParser
import Backend
import Datasets
import NeuralNetwork
import Platform
import Training

/// `resnet-bo evaluate` measures saved weights on the test set.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Evaluate saved weights on the test set.")

    @Option(
        help: "Weights in the safetensors format, with the names of PyTorch's state_dict.", transform: OptionValue.name)
    var model: String

    @Option(help: "Write the logits of all test images as safetensors.", transform: OptionValue.name)
    var logits: String?

    @OptionGroup var network: NetworkOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var normalization: NormalizationOptions
    @OptionGroup var seed: TestShareSeed
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let weights = try WeightFile(model)
        let choice = try network.read(like: weights)
        let stated = try weights.statedImages()
        let images = try normalization.apply(
            to: data.load(.test, options: data.reading.options(seed: seed.seed, like: stated?.reading)),
            like: stated?.normalization)
        if let names = stated?.classNames, names.count == images.format.classes, names != images.format.classNames {
            StandardError.write(
                "The classes of the model have other names than those of the images: \(Self.difference(names, images.format))"
            )
        }
        let network = try choice.plan(for: images.format)
        let state = try weights.state(of: network)
        let logits = try logits.map(OutputFile.init)
        try run(on: backend.open(), network: network, state: state, images: images, logits: logits)
    }

    /// The first class with two names, in words.
    private static func difference(_ names: [String], _ format: LabelledImages.Format) -> String {
        let index = names.indices.first { names[$0] != format.classNames[$0] } ?? 0
        return "class \(index) is '\(names[index])' and '\(format.classNames[index])'"
    }

    private func run(
        on backend: some Backend, network: NetworkPlan, state: StateDictionary, images: LabelledImages,
        logits: OutputFile?
    ) throws {
        let evaluation = try Evaluation(
            of: state, network: network, on: images, batchSize: 256, backend: backend)
        guard evaluation.score.loss.isFinite else {
            throw FileError(model, doing: "evaluated", reason: "the test loss is not finite")
        }
        if let logits {
            var file = Safetensors()
            file.append(
                "logits", .init(shape: [images.count, images.format.classes], values: .float32(evaluation.logits)))
            try logits.write(file.encoded())
        }
        try output.write(evaluation.score, on: backend.device)
    }
}
