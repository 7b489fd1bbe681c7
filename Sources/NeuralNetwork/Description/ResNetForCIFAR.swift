package import Backend

extension NetworkDescription {
    /// The residual networks for CIFAR of He et al., "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), section
    /// 4.2: a convolution of 3x3, three stages of 16, 32 and 64 channels, the mean of each channel, and a linear layer.
    ///
    /// Convolutions have no bias. The names are those of torchvision's networks.
    /// - Parameters:
    ///   - blocksPerStage: 3 for 20 layers, `n` for `6 n + 2`.
    ///   - shortcut: the shortcuts that change the channels: option A of the article without parameters, or projections
    ///     (option B).
    package static func resNetForCIFAR(
        _ name: String, blocksPerStage: Int, shortcut: BlockShortcut = .pad, input: SampleShape, classes: Int
    ) -> NetworkDescription {
        var layers: [NetworkLayer] = [
            .convolution("conv1", 16, kernel: 3, padding: 1, bias: false), .batchNorm("bn1"), .relu(),
        ]
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<blocksPerStage {
                let isDownsampling = stage > 0 && block == 0
                layers += NetworkLayer.basicBlock(
                    "layer\(stage + 1).\(block)", channels: channels, stride: isDownsampling ? 2 : 1,
                    shortcut: isDownsampling ? shortcut : nil)
            }
        }
        layers += [
            NetworkLayer("avgpool", .globalAveragePool), NetworkLayer("flatten", .flatten),
            NetworkLayer("fc", .linear(outputs: nil)),
        ]
        return NetworkDescription(name, input: input, classes: classes, layers: layers)
    }
}
