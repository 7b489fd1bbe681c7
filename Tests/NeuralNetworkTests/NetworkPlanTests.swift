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

    /// The paper of He and others gives the parameters of ResNet-20 as 0.27 million.
    @Test func resnet20HasThePublishedSize() throws {
        let plan = try NetworkPlan(
            NamedNetwork.resnet20.description(for: SampleShape(channels: 3, image: Extent(32)), classes: 10))
        #expect(plan.layout.parameterCount == 269_722)
        #expect(plan.operations.count == 19 + 2 + 2)
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
