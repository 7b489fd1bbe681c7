import ArgumentParser
import Datasets
import NeuralNetwork
import Platform

/// `resnet-bo export` writes a saved model in the format of other programs.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a saved model as ONNX.",
        discussion:
            "The graph takes pixels from 0 to 1 (or floats, as the model was trained on), [images, channels, rows, columns], normalises them itself, and gives logits."
    )

    @Option(help: "A model that train --save or optimize --retrain has written.", transform: OptionValue.name)
    var model: String

    @Option(help: "The ONNX file (opset 17).", transform: OptionValue.name)
    var onnx: String

    func run() throws {
        let file = try OutputFile(onnx)
        let weights = try WeightFile(model)
        let (network, format, _) = try weights.statedModel()
        let model = try ONNXModel(
            weights.state(of: network), of: network, means: format.normalization?.means,
            deviations: format.normalization?.deviations, classNames: format.classNames)
        try file.write(model.encoded)
    }
}
