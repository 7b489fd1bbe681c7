import Backend

extension NetworkDescription {
    /// A small network with the kinds of layers that ResNet-20 has not: `tiny` of `scripts/pytorch_networks.py`.
    ///
    /// The tests and the self-test train it for comparisons with PyTorch.
    package static let tiny = NetworkDescription(
        "tiny", input: SampleShape(channels: 2, image: Extent(height: 11, width: 9)), classes: 4,
        layers: [
            NetworkLayer(
                "conv1",
                .convolution(
                    outputs: 6, kernel: Extent(height: 5, width: 3), stride: Extent(1),
                    padding: Extent(height: 2, width: 1), bias: true)),
            .relu(), NetworkLayer("pool", .maxPool(MaxPool(kernel: Extent(2), stride: Extent(2)))), .batchNorm("bn1"),
            NetworkLayer(
                "block1",
                .residual(
                    ResidualBlock(
                        body: [
                            .convolution("conv1", 8, kernel: 3, stride: 2, padding: 1, bias: true), .batchNorm("bn1"),
                            .relu(), .convolution("conv2", 8, kernel: 3, padding: 1, bias: true), .batchNorm("bn2"),
                        ],
                        shortcut: .projection([
                            .convolution("downsample.0", 8, kernel: 3, stride: 2, padding: 1, bias: true),
                            .batchNorm("downsample.1"),
                        ])))), .relu(),
            NetworkLayer(
                "block2",
                .residual(
                    ResidualBlock(
                        body: [
                            .convolution("conv1", 8, kernel: 3, padding: 1, bias: true), .batchNorm("bn1"), .relu(),
                            .convolution("conv2", 8, kernel: 3, padding: 1, bias: true), .batchNorm("bn2"),
                        ], shortcut: .identity))), .relu(),
            .convolution("conv2", 5, kernel: 1, padding: 0, bias: true),
            NetworkLayer("avgpool", .averagePool(AveragePool(kernel: Extent(2), stride: Extent(1)))),
            NetworkLayer("flatten", .flatten), NetworkLayer("fc1", .linear(outputs: 7)), .relu(),
            NetworkLayer("fc2", .linear(outputs: 4)),
        ])
}
