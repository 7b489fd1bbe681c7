import Backend

/// The shortcut of a block that changes the channels or the extent.
package enum BlockShortcut: String, Sendable, CaseIterable {
    /// Every `stride`-th pixel with zero channels around it, without parameters: option A of He et al.
    case pad
    /// A convolution of 1x1 and a batch norm.
    case projection
}

/// The two blocks of the residual networks, with the names of torchvision's `BasicBlock` and `Bottleneck`.
///
/// Convolutions have no bias. Each function gives two layers: the residual block, and the ReLU behind it.
extension NetworkLayer {
    /// Two convolutions of 3x3; the first one has the stride.
    ///
    /// - Parameter shortcut: nil for the input itself.
    package static func basicBlock(
        _ name: String, channels: Int, stride: Int = 1, shortcut: BlockShortcut? = nil
    ) -> [NetworkLayer] {
        block(
            name, outputs: channels, stride: stride, shortcut: shortcut,
            body: [
                .convolution("conv1", channels, kernel: 3, stride: stride, padding: 1, bias: false),
                .batchNorm("bn1"), .relu(), .convolution("conv2", channels, kernel: 3, padding: 1, bias: false),
                .batchNorm("bn2"),
            ])
    }

    /// The output channels of a bottleneck block for one of its inner channels.
    static let bottleneckExpansion = 4

    /// Convolutions of 1x1, 3x3 and 1x1; the second one has the stride, and the last one gives four times the channels.
    ///
    /// - Parameters:
    ///   - channels: the channels of the convolution of 3x3.
    ///   - shortcut: nil for the input itself.
    package static func bottleneck(
        _ name: String, channels: Int, stride: Int = 1, shortcut: BlockShortcut? = nil
    ) -> [NetworkLayer] {
        let outputs = bottleneckExpansion * channels
        return block(
            name, outputs: outputs, stride: stride, shortcut: shortcut,
            body: [
                .convolution("conv1", channels, kernel: 1, padding: 0, bias: false), .batchNorm("bn1"), .relu(),
                .convolution("conv2", channels, kernel: 3, stride: stride, padding: 1, bias: false),
                .batchNorm("bn2"), .relu(), .convolution("conv3", outputs, kernel: 1, padding: 0, bias: false),
                .batchNorm("bn3"),
            ])
    }

    private static func block(
        _ name: String, outputs: Int, stride: Int, shortcut: BlockShortcut?, body: [NetworkLayer]
    ) -> [NetworkLayer] {
        let way: ResidualBlock.Shortcut =
            switch shortcut {
            case nil: .identity
            case .pad: .padded(stride: Extent(stride))
            case .projection:
                .projection([
                    .convolution("downsample.0", outputs, kernel: 1, stride: stride, padding: 0, bias: false),
                    .batchNorm("downsample.1"),
                ])
            }
        return [NetworkLayer(name, .residual(ResidualBlock(body: body, shortcut: way))), .relu()]
    }
}
