import Backend
import Foundation
import JSON
import NeuralNetwork
import TestSupport
import Testing

/// Networks as files: what is written reads back, and every mistake is named with its place.
@Suite struct NetworkFileTests {
    private func read(_ text: String) throws(JSONError) -> NetworkFile {
        try JSONDocument(Array(text.utf8)).decode(NetworkFile.self, entries: ["layers": "layer"])
    }

    /// Every kind of layer, with every setting of its own.
    private static let settings = NetworkDescription(
        "settings", input: SampleShape(channels: 2, image: Extent(12)), classes: 3,
        layers: [
            NetworkLayer(
                "conv1",
                .convolution(
                    outputs: 4, kernel: Extent(height: 3, width: 1), stride: Extent(height: 1, width: 2),
                    padding: Extent(height: 2, width: 0), bias: true)),
            NetworkLayer("bn1", .batchNorm(BatchNorm(epsilon: 1e-3, momentum: 0.3))),
            NetworkLayer(
                "block",
                .residual(
                    ResidualBlock(
                        body: [
                            .convolution("conv1", 6, kernel: 3, stride: 2, padding: 1, bias: false), .relu("other"),
                        ],
                        shortcut: .padded(stride: Extent(2)), isShortcutFirst: true))),
            NetworkLayer("max", .maxPool(MaxPool(kernel: Extent(2), stride: Extent(1)))),
            NetworkLayer("mean", .averagePool(AveragePool(kernel: Extent(height: 1, width: 2), stride: Extent(1)))),
            NetworkLayer("all", .globalAveragePool), NetworkLayer("drop", .dropout(probability: 0.25)),
            NetworkLayer("flatten", .flatten), NetworkLayer("dropout", .dropout(probability: nil)),
            NetworkLayer("fc", .linear(outputs: 3)),
        ])

    static let networks: [NetworkDescription] =
        [settings, .tiny]
        + NamedNetwork.allCases.compactMap {
            try? $0.description(for: SampleShape(channels: 1, image: Extent(28)), classes: 10)
        }
        + (0..<20).map { seed in
            var layers = RandomLayers(seed: seed)
            return layers.network("random \(seed)")
        }

    @Test(arguments: networks)
    func whatIsWrittenReadsBack(_ network: NetworkDescription) throws {
        for layout in [JSON.Layout.line, .pretty] {
            let text = try JSON.encode(NetworkFile(network.name, layers: network.layers), layout: layout)
            let file = try read(text)
            #expect(try file.description(for: network.input, classes: network.classes) == network)
        }
    }

    @Test func allNamedNetworksAreThere() { #expect(Self.networks.count == 2 + NamedNetwork.allCases.count + 20) }

    /// What is left out has the values that PyTorch gives it, and the classes come from the data.
    @Test func defaults() throws {
        let file = try read(
            #"""
            {"name": "mine", "layers": [
              {"name": "conv", "type": "convolution", "outputs": 4, "kernel": 3}, {"name": "bn", "type": "batch_norm"},
              {"type": "relu"}, {"type": "max_pool", "kernel": [3, 2]}, {"type": "average_pool", "kernel": 2},
              {"name": "block", "type": "residual", "body": [{"type": "relu"}]}, {"type": "flatten"},
              {"name": "fc", "type": "linear"}]}
            """#)
        let window = Extent(height: 3, width: 2)
        #expect(
            file.layers == [
                .convolution("conv", 4, kernel: 3, padding: 0, bias: true), .batchNorm("bn"), .relu(),
                NetworkLayer("max_pool", .maxPool(MaxPool(kernel: window, stride: window))),
                NetworkLayer("average_pool", .averagePool(AveragePool(kernel: Extent(2), stride: Extent(2)))),
                NetworkLayer("block", .residual(ResidualBlock(body: [.relu()], shortcut: .identity))),
                NetworkLayer("flatten", .flatten), NetworkLayer("fc", .linear(outputs: nil)),
            ])
        let plan = try NetworkPlan(
            file.description(for: SampleShape(channels: 1, image: Extent(28)), classes: 7))
        #expect(plan.layout["fc.bias"].shape == [7])
    }

    /// A file of blocks is torchvision's network of them.
    @Test(arguments: [(false, "basic_block"), (true, "bottleneck")])
    func blocks(isBottleneck: Bool, type: String) throws {
        let first = isBottleneck ? #", "shortcut": "projection""# : ""
        let file = try read(
            """
            {"name": "two", "layers": [
              {"name": "conv1", "type": "convolution", "outputs": 64, "kernel": 3, "padding": 1, "bias": false},
              {"name": "bn1", "type": "batch_norm"}, {"type": "relu"},
              {"name": "layer1.0", "type": "\(type)", "channels": 64\(first)},
              {"name": "layer2.0", "type": "\(type)", "channels": 128, "stride": 2, "shortcut": "projection"},
              {"name": "avgpool", "type": "global_average_pool"}, {"type": "flatten"}, {"name": "fc", "type": "linear"}]}
            """)
        let input = SampleShape(channels: 1, image: Extent(28))
        let network = NetworkDescription.resNetOfTorchvision(
            "two", blocks: [1, 1], isBottleneck: isBottleneck, input: input, classes: 10)
        #expect(try file.description(for: input, classes: 10) == network)
    }

    /// The file in the documentation is a network.
    @Test func documentedFile() throws {
        let article = try String(
            contentsOf: Repository.file("Sources/NeuralNetwork/Documentation.docc/NetworkFiles.md"), encoding: .utf8)
        let text = try #require(article.components(separatedBy: "```json\n").last?.components(separatedBy: "```").first)
        let file = try read(text)
        let plan = try NetworkPlan(file.description(for: SampleShape(channels: 3, image: Extent(32)), classes: 5))
        // Two blocks are four layers.
        #expect(file.layers.count == 3 + 2 * 2 + 3)
        #expect(plan.layout["fc.weight"].shape == [5, 32])
    }

    /// A mistake in the second layer of three, and what must be said about it.
    @Test(arguments: [
        (#"{"name": "c", "type": "conv2d"}"#, #"layer 2: there is no type "conv2d"; did you mean "convolution"?"#),
        (#"{"name": "c", "type": "zzz"}"#, #"there is no type "zzz"; known are "convolution", "#),
        (#"{"name": "c"}"#, "layer 2: type is missing"),
        ("3", "layer 2 is 3, and must be an object"),
        (conv(#""kernal": 3"#), #"layer 2: unknown member "kernal"; did you mean "kernel"?"#),
        (conv(#""kernel_size": 3"#), #"unknown member "kernel_size"; did you mean "kernel"?"#),
        (conv(#""kernel": "3x3""#), #"layer 2: kernel is "3x3", and must be a whole number"#),
        (conv(#""kernel": 1.5"#), "layer 2: kernel is 1.5, and must be a whole number"),
        (conv(#""kernel": [3, 0]"#), "layer 2: kernel is 0, and must be a whole number from 1 to 1000"),
        (conv(#""kernel": [3, 3, 3]"#), "layer 2: kernel: a list must be [rows, columns]"),
        (conv(#""kernel": [3]"#), "layer 2: kernel[1] is missing"),
        (conv(#""kernel": 3, "padding": -1"#), "layer 2: padding is -1, and must be a whole number from 0 to 1000"),
        (conv(#""kernel": 3, "bias": 1"#), "layer 2: bias is 1, and must be true or false"),
        (conv(#""stride": 2"#), "layer 2: kernel is missing"),
        (
            #"{"name": "c", "type": "convolution", "outputs": 65537, "kernel": 3}"#,
            "layer 2: outputs is 65537, and must be a whole number from 1 to 65536"
        ),
        (#"{"type": "linear"}"#, "layer 2: name is missing"),
        (#"{"name": "", "type": "linear"}"#, "layer 2: name must not be empty"),
        (#"{"name": "b", "type": "batch_norm", "epsilon": 0}"#, "layer 2: epsilon is 0.0, and must be a number above"),
        (
            #"{"name": "b", "type": "residual", "body": [{"type": "relu"}, {"type": "relu", "x": 1}]}"#,
            #"layer 2: body[1]: unknown member "x""#
        ),
        (
            #"{"name": "b", "type": "residual", "body": [], "shortcut": "padded"}"#,
            #"layer 2: shortcut is "padded", and must be "identity", "pad" or a list of layers; did you mean "pad"?"#
        ),
        (
            #"{"name": "b", "type": "residual", "body": [], "stride": 2}"#,
            #"layer 2: stride is that of the shortcut "pad", and the shortcut is "identity""#
        ),
        (
            #"{"name": "b", "type": "bottleneck", "channels": 4, "shortcut": "projected"}"#,
            #"layer 2: there is no shortcut "projected"; did you mean "projection"?"#
        ),
    ])
    func mistakes(layer: String, message: String) {
        let text =
            #"{"name": "mine", "layers": [{"type": "relu"}, \#(layer), {"type": "flatten"}]}"#
        let error = #expect(throws: JSONError.self) { try read(text) }
        #expect(error?.problem.contains(message) == true, "\(String(describing: error))")
    }

    private static func conv(_ members: String) -> String {
        #"{"name": "c", "type": "convolution", "outputs": 4, \#(members)}"#
    }

    @Test(arguments: [
        (#"{"layers": []}"#, "name is missing"), (#"{"name": "", "layers": []}"#, "name must not be empty"),
        (#"{"name": "x"}"#, "layers is missing"), (#"{"name": "x", "layers": {}}"#, "layers is an object, and must be"),
        (#"{"name": "x", "layer": []}"#, #"unknown member "layer"; did you mean "layers"?"#), ("[]", "an object"),
    ])
    func filesThatAreNoNetwork(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try read(text) }
        #expect(error?.problem.contains(message) == true, "\(String(describing: error))")
    }
}
