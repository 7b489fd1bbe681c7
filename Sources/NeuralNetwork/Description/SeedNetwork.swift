package import Backend

extension NetworkDescription {
    /// The network of the original program: a convolution of 7x7, max-pooling, and one residual block for each number of
    /// channels.
    ///
    /// A block that changes the channels halves the extent: its first convolution and that of its shortcut have stride 2 and no
    /// padding. In the original program the shortcut's parameters are registered before those of the body.
    /// - Parameter blocks: the output channels of each residual block.
    package static func seed(for input: SampleShape, classes: Int, blocks: [Int] = [8, 16]) -> NetworkDescription {
        var layers: [NetworkLayer] = [
            .convolution("conv1", 8, kernel: 7, padding: 3, bias: true), .batchNorm("bn1"), .relu(),
            NetworkLayer("maxpool", .maxPool(MaxPool(kernel: Extent(3), stride: Extent(2)))),
        ]
        var channels = 8
        for (index, outputs) in blocks.enumerated() {
            let isDownsampling = outputs != channels
            func first(_ name: String, bias: Bool) -> NetworkLayer {
                .convolution(
                    name, outputs, kernel: 3, stride: isDownsampling ? 2 : 1, padding: isDownsampling ? 0 : 1,
                    bias: bias)
            }
            let block = ResidualBlock(
                body: [
                    first("conv1", bias: true), .batchNorm("bn1"), .relu(),
                    .convolution("conv2", outputs, kernel: 3, padding: 1, bias: true), .batchNorm("bn2"),
                ],
                shortcut: isDownsampling
                    ? .projection([first("downsample.0", bias: false), .batchNorm("downsample.1")]) : .identity,
                isShortcutFirst: true)
            layers += [NetworkLayer("resblock\(index + 1)", .residual(block)), .relu()]
            channels = outputs
        }
        layers += [NetworkLayer("flatten", .flatten), NetworkLayer("fc", .linear(outputs: nil))]
        return NetworkDescription("seed", input: input, classes: classes, layers: layers)
    }
}
