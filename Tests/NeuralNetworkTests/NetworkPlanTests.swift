import Backend
import NeuralNetwork
import Testing

/// What the walk over a description makes of its layers.
@Suite struct NetworkPlanTests {
    private static let image = SampleShape(channels: 1, image: Extent(28))

    /// The seed's network is six operations: everything up to the next convolution is one.
    @Test func layersAreFused() throws {
        let plan = try NetworkPlan(.seed(for: Self.image, classes: 10))
        let fused = plan.operations.compactMap(\.fused)
        #expect(
            plan.operations.map(\.name) == [
                "conv1", "resblock1.conv1", "resblock1.conv2", "resblock2.conv1", "resblock2.downsample.0",
                "resblock2.conv2", "fc",
            ])
        #expect(fused.allSatisfy { $0.norm != nil })
        #expect(fused.map(\.relu) == [true, true, true, true, false, true])
        #expect(fused.map(\.addsResidual) == [false, false, true, false, false, true])
        #expect(fused.map { $0.pool != nil } == [true, false, false, false, false, false])
    }

    /// The paper of He and others gives the parameters of ResNet-20 as 0.27 million, and those of ResNet-56 as 0.85 million.
    ///
    /// The others are those of PyTorch: `sum(p.numel() for p in model.parameters())` of the modules in
    /// `scripts/pytorch_networks.py`.
    @Test(arguments: [
        (NamedNetwork.seed, 1, 12_122, 7), (.resnet8, 3, 75_290, 7 + 2 + 2), (.resnet20, 3, 269_722, 19 + 2 + 2),
        (.resnet56, 3, 853_018, 55 + 2 + 2), (.resnet18, 3, 11_173_962, 17 + 3 + 2),
        (.resnet50, 3, 23_520_842, 49 + 4 + 2),
    ])
    func sizes(_ network: NamedNetwork, _ channels: Int, _ parameters: Int, _ operations: Int) throws {
        let input = SampleShape(channels: channels, image: Extent(network == .seed ? 28 : 32))
        let plan = try NetworkPlan(network.description(for: input, classes: 10))
        #expect(plan.layout.parameterCount == parameters)
        #expect(plan.operations.count == operations)
    }

    /// The layers that a person reads have all parameters and all operations of the plan.
    @Test(arguments: NamedNetwork.allCases, [1.0, 0.3])
    func layersSumUp(_ network: NamedNetwork, _ width: Double) throws {
        let plan = try NetworkPlan(network.description(for: Self.image, classes: 10).scaled(by: width))
        #expect(plan.layers.reduce(0) { $0 + $1.parameters } == plan.layout.parameterCount)
        #expect(plan.layers.reduce(0) { $0 + $1.flops } == plan.forwardFlops)
        #expect(plan.layers.last?.output == plan.values[plan.logits])
        let names = Set(plan.layers.filter { $0.parameters > 0 }.map(\.name))
        let entries = plan.layout.entries.filter(\.isTrainable).map(\.name)
        #expect(names == Set(entries.map { String($0[..<$0.lastIndex(of: ".")!]) }))
    }

    /// A projection is a convolution and a batch norm; option A has no parameters.
    @Test func shortcutsOfCIFAR() throws {
        let input = SampleShape(channels: 3, image: Extent(32))
        let padded = try NetworkPlan(NamedNetwork.resnet20.description(for: input, classes: 10))
        let projected = try NetworkPlan(
            NamedNetwork.resnet20.description(for: input, classes: 10, shortcut: .projection))
        #expect(
            projected.layout.parameterCount - padded.layout.parameterCount == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64)
        #expect(padded.description.name == "resnet20")
        #expect(projected.description.name == "resnet20-projection")
    }

    /// All channels but those of the images and the classes are multiplied, and the name says so.
    @Test(arguments: [(0.5, 8, 32), (2, 32, 128), (1e-9, 1, 1), (0.34, 5, 22)])
    func width(_ width: Double, _ first: Int, _ last: Int) throws {
        let network = try NamedNetwork.resnet8.description(for: Self.image, classes: 10)
        let plan = try NetworkPlan(network.scaled(by: width))
        #expect(plan.layout["conv1.weight"].shape == [first, 1, 3, 3])
        #expect(plan.layout["fc.weight"].shape == [10, last])
        #expect(plan.description.name == "resnet8-width-\(width)")
        #expect(network.scaled(by: 1) == network)
    }

    /// Sizes beyond the limit are refused before anything is allocated, and their products do not overflow.
    @Test(arguments: [
        (65_536, 1000, 500), (65_536, 3, 1), (65_536 << 6, 1000, 1000),
    ])
    func tooLarge(_ outputs: Int, _ kernel: Int, _ padding: Int) throws {
        let layers =
            [
                NetworkLayer.convolution("conv", 4096, kernel: 1, padding: 0, bias: false),
                .convolution("large", outputs, kernel: kernel, padding: padding, bias: false),
            ] + Self.end
        let description = NetworkDescription("test", input: Self.image, classes: 10, layers: layers)
        let error = #expect(throws: NetworkError.self) { try NetworkPlan(description) }
        #expect(try #require(error).description.contains("'large' of network 'test' makes the network too large"))
    }

    @Test func flopsOfTheSeed() throws {
        let plan = try NetworkPlan(.seed(for: Self.image, classes: 10))
        #expect(plan.forwardFlops == 1_347_328)
        #expect(plan.trainingFlops == 3_427_328)
    }

    /// A named network takes the extent and the classes from the data.
    @Test(arguments: NamedNetwork.allCases, [(17, 13, 4), (28, 28, 26), (64, 48, 2)])
    func extentAndClassesComeFromTheData(_ network: NamedNetwork, _ data: (height: Int, width: Int, classes: Int))
        throws
    {
        let input = SampleShape(channels: 1, image: Extent(height: data.height, width: data.width))
        let description = try network.description(for: input, classes: data.classes)
        let plan = try NetworkPlan(description)
        #expect(plan.values[plan.logits] == SampleShape(channels: data.classes, image: Extent(1)))
        #expect(plan.layout["fc.bias"].count == data.classes)
    }

    @Test(arguments: [
        (NamedNetwork.seed, SampleShape(channels: 3, image: Extent(32)), 10, "layer 'conv1'"),
        (.seed, SampleShape(channels: 1, image: Extent(2)), 10, "layer 'maxpool'"),
        (.seed, SampleShape(channels: 1, image: Extent(5)), 10, "layer 'resblock2.downsample.0'"),
        (.seed, image, 1, "2 to 256 classes, not 1"), (.seed, image, 257, "2 to 256 classes, not 257"),
        (.resnet18, SampleShape(channels: 1 << 20, image: Extent(1 << 10)), 10, "can't take images"),
        (.resnet20, SampleShape(channels: 0, image: Extent(32)), 10, "[0, 32, 32]"),
    ])
    func dataThatANetworkCanNotTake(
        _ network: NamedNetwork, _ input: SampleShape, _ classes: Int, _ message: String
    ) throws {
        let error = #expect(throws: NetworkError.self) { try network.description(for: input, classes: classes) }
        let text = try #require(error).description
        #expect(text.contains(message) && text.contains("'\(network.rawValue)'"), "\(text)")
    }

    /// A list of layers that can't be a network, and what must be said about it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var layers: [NetworkLayer]
        var message: String

        init(_ description: String, _ layers: [NetworkLayer], _ message: String) {
            (testDescription, self.layers, self.message) = (description, layers, message)
        }
    }

    private static let end = [NetworkLayer("flatten", .flatten), NetworkLayer("fc", .linear(outputs: 10))]

    private static func block(
        _ body: [NetworkLayer], _ shortcut: ResidualBlock.Shortcut = .identity
    ) -> [NetworkLayer] {
        [NetworkLayer("block", .residual(ResidualBlock(body: body, shortcut: shortcut)))] + end
    }

    @Test(arguments: [
        Wrong("no layers", [], "has to give 10 features"),
        Wrong("no linear layer", [.convolution("conv", 10, kernel: 28, padding: 0, bias: true)], "layer 'conv'"),
        Wrong(
            "other outputs", [NetworkLayer("flatten", .flatten), NetworkLayer("fc", .linear(outputs: 9))], "layer 'fc'"),
        Wrong("no flatten", [NetworkLayer("fc", .linear(outputs: 10))], "a flatten layer has to come before"),
        Wrong("no outputs", [NetworkLayer("flatten", .flatten), NetworkLayer("fc", .linear(outputs: 0))], "not 0"),
        Wrong(
            "a convolution of features", end + [.convolution("conv", 3, kernel: 1, padding: 0, bias: true)],
            "layer 'conv' of network 'test' needs images"),
        Wrong("a norm of features", [NetworkLayer("flatten", .flatten), .batchNorm("bn")] + end, "layer 'bn'"),
        Wrong("a pooling of features", end + [NetworkLayer("pool", .globalAveragePool)], "layer 'pool'"),
        Wrong(
            "a kernel too large", [.convolution("conv", 3, kernel: 30, padding: 0, bias: true)] + end, "layer 'conv'"),
        Wrong(
            "no stride", [.convolution("conv", 3, kernel: 3, stride: 0, padding: 0, bias: true)] + end, "layer 'conv'"),
        Wrong("no channels", [.convolution("conv", 0, kernel: 3, padding: 0, bias: true)] + end, "layer 'conv'"),
        Wrong(
            "a window too large",
            [NetworkLayer("pool", .maxPool(MaxPool(kernel: Extent(29), stride: Extent(1))))] + end, "layer 'pool'"),
        Wrong(
            "an empty window",
            [NetworkLayer("pool", .averagePool(AveragePool(kernel: Extent(0), stride: Extent(1))))] + end,
            "layer 'pool'"),
        Wrong(
            "one name twice",
            [
                .convolution("conv", 3, kernel: 3, padding: 1, bias: true),
                .convolution("conv", 3, kernel: 3, padding: 1, bias: true),
            ] + end, "the name of another layer"),
        Wrong("an empty body", block([]), "layer 'block'"),
        Wrong(
            "a body of other channels", block([.convolution("conv", 2, kernel: 3, padding: 1, bias: true)]),
            "adds its shortcut of the shape [1, 28, 28] to its body's output of the shape [2, 28, 28]"),
        Wrong(
            "a projection of another extent",
            block(
                [.convolution("conv", 2, kernel: 3, padding: 1, bias: true)],
                .projection([.convolution("down", 2, kernel: 1, stride: 2, padding: 0, bias: true)])), "layer 'block'"),
        Wrong(
            "fewer channels behind a padded shortcut",
            [.convolution("stem", 3, kernel: 3, padding: 1, bias: true)]
                + block([.convolution("conv", 2, kernel: 3, padding: 1, bias: true)], .padded(stride: Extent(1))),
            "padded shortcut from 3 to 2 channels"),
        Wrong(
            "a linear layer in a block", block([NetworkLayer("fc", .linear(outputs: 1))]), "layer 'block.fc'"),
        Wrong(
            "a block in a block",
            block([NetworkLayer("inner", .residual(ResidualBlock(body: [.relu()], shortcut: .identity)))]),
            "layer 'block.inner'"),
        Wrong(
            "an average-pooling in a shortcut",
            block([.relu()], .projection([NetworkLayer("pool", .globalAveragePool)])), "layer 'block.pool'"),
    ])
    func listsThatAreNoNetwork(_ wrong: Wrong) throws {
        let description = NetworkDescription("test", input: Self.image, classes: 10, layers: wrong.layers)
        let error = #expect(throws: NetworkError.self) { try NetworkPlan(description) }
        #expect(try #require(error).description.contains(wrong.message), "\(String(describing: error))")
    }
}
