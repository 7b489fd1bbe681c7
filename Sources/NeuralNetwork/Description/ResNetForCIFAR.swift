package import Backend

extension NetworkDescription {
    /// The residual networks for CIFAR of He et al., "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), section
    /// 4.2: a convolution of 3x3, three stages of 16, 32 and 64 channels, the mean of each channel, and a linear layer.
    ///
    /// Convolutions have no bias, and shortcuts have no parameters (option A). The names are those of torchvision's networks.
    /// - Parameter blocksPerStage: 3 for 20 layers, `n` for `6 n + 2`.
    package static func resNetForCIFAR(
        _ name: String, blocksPerStage: Int, input: SampleShape, classes: Int
    ) -> NetworkDescription {
        var layers: [NetworkLayer] = [
            .convolution("conv1", 16, kernel: 3, padding: 1, bias: false), .batchNorm("bn1"), .relu(),
        ]
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<blocksPerStage {
                let isDownsampling = stage > 0 && block == 0
                let body: [NetworkLayer] = [
                    .convolution(
                        "conv1", channels, kernel: 3, stride: isDownsampling ? 2 : 1, padding: 1, bias: false),
                    .batchNorm("bn1"), .relu(), .convolution("conv2", channels, kernel: 3, padding: 1, bias: false),
                    .batchNorm("bn2"),
                ]
                layers += [
                    NetworkLayer(
                        "layer\(stage + 1).\(block)",
                        .residual(
                            ResidualBlock(
                                body: body, shortcut: isDownsampling ? .padded(stride: Extent(2)) : .identity))),
                    .relu(),
                ]
            }
        }
        layers += [
            NetworkLayer("avgpool", .globalAveragePool), NetworkLayer("flatten", .flatten),
            NetworkLayer("fc", .linear(outputs: classes)),
        ]
        return NetworkDescription(name, input: input, classes: classes, layers: layers)
    }
}
