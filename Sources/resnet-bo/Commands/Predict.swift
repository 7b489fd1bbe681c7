import ArgumentParser
import Backend
import Datasets
import NeuralNetwork
import Platform
import Reporting
import Training

/// `resnet-bo predict` classifies images with a saved model.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify images with a saved model.",
        discussion:
            "Network, classes, normalisation and the size of images are those that the model states. Images of another size "
            + "are brought to it as in the training (--resize), or refused.")

    @Argument(
        help: ArgumentHelp(
            "PNG or JPEG files; .npz or IDX files, of which all images are taken, or one with its index, as FILE:17. "
                + "FILE:x_train:17 is of an array of an .npz file, which is x_test or the only one otherwise.",
            valueName: "image"),
        transform: OptionValue.name)
    var images: [String]

    @Option(help: "A model that train --save or optimize --retrain has written.", transform: OptionValue.name)
    var model: String

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let weights = try WeightFile(model)
        let (network, format, reading) = try weights.statedModel()
        let state = try weights.state(of: network)
        let images = try ImagesToClassify(images, like: format, options: reading)
        images.notes.forEach(StandardError.write)
        try run(on: backend.open(), network: network, state: state, images: images)
    }

    private func run(
        on backend: some Backend, network: NetworkPlan, state: StateDictionary, images: ImagesToClassify
    ) throws {
        // The labels are all 0, and the score has no meaning.
        let logits = try Evaluation(of: state, network: network, on: images.images, batchSize: 256, backend: backend)
            .logits
        let classes = images.images.format.classNames
        let predictions = try images.names.enumerated().map { index, name in
            let logits = logits[index * classes.count..<(index + 1) * classes.count]
            guard logits.allSatisfy(\.isFinite) else { throw Failure("a logit of \(name) is not finite") }
            return Prediction(name, logits: Array(logits), classes: classes)
        }
        let report = Report(
            backend: backend.device.backend, device: backend.device.name, classes: classes, images: predictions)
        try output.write(report, text: predictions.map { $0.text(classes) }.joined(separator: "\n"))
    }
}

/// The JSON of `predict`.
private struct Report: Encodable {
    var backend: String
    var device: String
    var classes: [String]
    var images: [Prediction]
}

/// What the model says of an image.
private struct Prediction: Encodable {
    var image: String

    /// The name of the class of the largest probability, the first of equal ones.
    var `class`: String
    var probability: Double

    /// In the order of the classes.
    var probabilities: [Double]

    init(_ image: String, logits: [Float], classes: [String]) {
        self.image = image
        // Softmax: the largest logit is subtracted, so that no exponential overflows.
        let largest = logits.max() ?? 0
        let powers = logits.map { exp(Double($0 - largest)) }
        let sum = powers.reduce(0, +)
        probabilities = powers.map { $0 / sum }
        let best = logits.firstIndex(of: largest) ?? 0
        `class` = classes[best]
        probability = probabilities[best]
    }

    /// The image and its most probable classes, three at most, as one line.
    func text(_ classes: [String]) -> String {
        let best = probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }.prefix(3)
        let words = best.map { "\(classes[$0]) \((100 * probabilities[$0]).formatted(fractionDigits: 2))%" }
        return "\(image): \(words.joined(separator: ", "))"
    }
}
