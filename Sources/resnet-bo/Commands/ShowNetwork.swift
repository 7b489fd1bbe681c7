import ArgumentParser
import Backend
import JSON
import NeuralNetwork
import Platform
import Reporting

/// `resnet-bo network` prints the layers of a network.
struct ShowNetwork: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Print the layers of a network, with their shapes, parameters and FLOP.",
        discussion:
            "FLOP are those of convolutions and linear layers for one image; a multiplication and an addition are two.")

    @Argument(
        help: "The network: \(NetworkName.names), or a JSON file of layers. (default: seed)",
        transform: NetworkName.init)
    var network: NetworkName?

    @OptionGroup var variant: NetworkVariant

    @Option(help: "The shape of an image. (default: 1x28x28)", transform: ShowNetwork.shape)
    var image: SampleShape?

    @Option("The number of classes.", OptionValue.wholeNumber(2...256))
    var classes = 10

    @Flag(help: "Print the network as a JSON file that --network takes.")
    var layers = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let choice = try variant.read(network ?? .named(.seed))
        let plan = try choice.plan(
            for: image ?? SampleShape(channels: 1, image: Extent(28)), classes: classes)
        if layers {
            try StandardOutput.write(
                JSON.encode(NetworkFile(plan.description.name, layers: plan.description.layers)))
        } else {
            let report = NetworkReport(plan)
            try output.write(report, text: report.lines.joined(separator: "\n"))
        }
    }

    /// Transforms a text such as `3x32x32`.
    @Sendable private static func shape(_ text: String) throws -> SampleShape {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 3, sides.allSatisfy({ (1...65_536).contains($0) }) else {
            throw ValidationError("it must be CHANNELSxROWSxCOLUMNS, such as 3x32x32")
        }
        return SampleShape(channels: sides[0], image: Extent(height: sides[1], width: sides[2]))
    }
}

/// The JSON of `network`.
private struct NetworkReport: Encodable {
    struct Layer: Encodable {
        var name: String
        var type: String
        /// Channels, rows and columns.
        var output: [Int]
        var parameters: Int
        var flop: Int

        init(_ layer: PlannedLayer) {
            name = layer.name
            type = layer.type.rawValue
            output = layer.output.list
            parameters = layer.parameters
            flop = layer.flops
        }
    }

    var network: String
    /// Channels, rows and columns.
    var image: [Int]
    var classes: Int
    var parameters: Int
    /// FLOP of the forward pass of one image.
    var forwardFlop: Int
    /// FLOP of a training step for one image.
    var trainingFlop: Int
    var layers: [Layer]

    init(_ plan: NetworkPlan) {
        network = plan.description.name
        image = plan.description.input.list
        classes = plan.description.classes
        parameters = plan.layout.parameterCount
        forwardFlop = plan.forwardFlops
        trainingFlop = plan.trainingFlops
        layers = plan.layers.map(Layer.init)
    }

    /// The report as text.
    var lines: [String] {
        func shape(_ sides: [Int]) -> String { sides.map { "\($0)" }.joined(separator: "x") }
        let rows = layers.map { layer in
            [
                layer.name, layer.type, shape(layer.output), layer.parameters == 0 ? "" : "\(layer.parameters)",
                layer.flop == 0 ? "" : "\(layer.flop)",
            ]
        }
        return ["\(network), images of \(shape(image)), \(classes) classes", ""]
            + Table(["layer", "type", "output", "parameters", "FLOP"], rows, leftAligned: 2).lines
            + ["", "\(parameters) parameters; FLOP for an image: \(forwardFlop) forward, \(trainingFlop) in training"]
    }
}

extension SampleShape {
    /// Channels, rows and columns.
    fileprivate var list: [Int] { [channels, image.height, image.width] }
}
