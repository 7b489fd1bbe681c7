package import Backend

extension NetworkDescription {
    /// torchvision's residual networks (`torchvision.models.resnet`) for small images: a first convolution of 3x3 without
    /// stride, no max-pooling, stages of 64, 128, 256 and so on channels, the mean of each channel, and a linear layer.
    ///
    /// The state dictionary is that of torchvision's network with `conv1 = Conv2d(C, 64, 3, 1, 1, bias=False)` and
    /// `maxpool = Identity()`.
    /// - Parameters:
    ///   - blocks: the residual blocks of each stage: `[2, 2, 2, 2]` for ResNet-18, `[3, 4, 6, 3]` for ResNet-50.
    ///   - isBottleneck: whether the blocks are bottlenecks, which give four times the channels.
    package static func resNetOfTorchvision(
        _ name: String, blocks: [Int], isBottleneck: Bool, input: SampleShape, classes: Int
    ) -> NetworkDescription {
        var layers: [NetworkLayer] = [
            .convolution("conv1", 64, kernel: 3, padding: 1, bias: false), .batchNorm("bn1"), .relu(),
        ]
        let make = isBottleneck ? NetworkLayer.bottleneck : NetworkLayer.basicBlock
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                let stride = stage > 0 && block == 0 ? 2 : 1
                // The first stage of bottlenecks changes the channels without a stride.
                let changes = block == 0 && (stage > 0 || isBottleneck)
                layers += make("layer\(stage + 1).\(block)", 64 << stage, stride, changes ? .projection : nil)
            }
        }
        layers += [
            NetworkLayer("avgpool", .globalAveragePool), NetworkLayer("flatten", .flatten),
            NetworkLayer("fc", .linear(outputs: nil)),
        ]
        return NetworkDescription(name, input: input, classes: classes, layers: layers)
    }
}
