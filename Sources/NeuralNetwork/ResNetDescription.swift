package import Backend

/// The architecture of a residual network as data; the default is the network of the original program.
///
/// ```
/// conv1 (7x7, same) -> bn1 -> relu -> max-pool -> residual blocks -> fully connected
/// ```
package struct ResNetDescription: Sendable, Equatable {
    /// Channels of the input images.
    package var inputChannels = 1
    /// Extent of the input images.
    package var image = Extent(28)
    /// Channels of the first convolution.
    package var stemChannels = 8
    /// Kernel of the first convolution, an odd number; the padding preserves the extent.
    package var stemKernel = 7
    /// The pooling after the first convolution.
    package var pool = MaxPool(kernel: Extent(3), stride: Extent(2))
    /// Output channels of each residual block.
    ///
    /// A block whose output channels differ from its input channels halves the extent.
    package var blockChannels = [8, 16]
    /// Kernel of the convolutions in the blocks, an odd number.
    package var blockKernel = 3
    /// The number of classes.
    package var classes = 10

    /// The original program's network for Fashion-MNIST.
    package init() {}

    /// The first convolution.
    var stem: Convolution {
        Convolution(
            inputChannels: inputChannels, outputChannels: stemChannels, input: image, kernel: Extent(stemKernel),
            padding: Extent(stemKernel / 2))
    }

    /// The residual blocks, in order, with the extents of their inputs.
    var blocks: [ResidualBlockDescription] {
        var channels = stemChannels
        var extent = pool.output(for: stem.output)
        return blockChannels.enumerated().map { index, outputChannels in
            let block = ResidualBlockDescription(
                name: "resblock\(index + 1)", inputChannels: channels, outputChannels: outputChannels, input: extent,
                kernel: blockKernel)
            channels = outputChannels
            extent = block.second.output
            return block
        }
    }

    /// Input features of the fully connected layer.
    var features: Int {
        guard let last = blocks.last else { return stemChannels * pool.output(for: stem.output).area }
        return last.second.outputChannels * last.second.output.area
    }

    /// Floating-point operations of the convolutions and the linear layer in the forward pass of one image.
    ///
    /// Multiplications and additions count separately; padding is included.
    package var forwardFlops: Int {
        stem.flops + blocks.reduce(0) { $0 + $1.flops } + 2 * features * classes
    }

    /// Floating-point operations of a training step for one image: forward pass, parameter gradients, and the input gradients
    /// of all layers except the first.
    package var trainingFlops: Int { 3 * forwardFlops - stem.flops }
}

/// The convolutions of one residual block.
struct ResidualBlockDescription: Sendable, Equatable {
    /// The name of the block in the state dictionary.
    let name: String
    let first: Convolution
    let second: Convolution
    /// The convolution of the shortcut if the extent and the channels change; nil if the shortcut is the identity.
    let downsample: Convolution?

    init(name: String, inputChannels: Int, outputChannels: Int, input: Extent, kernel: Int) {
        self.name = name
        let downsamples = inputChannels != outputChannels
        first = Convolution(
            inputChannels: inputChannels, outputChannels: outputChannels, input: input, kernel: Extent(kernel),
            stride: Extent(downsamples ? 2 : 1), padding: Extent(downsamples ? 0 : kernel / 2))
        second = Convolution(
            inputChannels: outputChannels, outputChannels: outputChannels, input: first.output, kernel: Extent(kernel),
            padding: Extent(kernel / 2))
        downsample = downsamples ? first : nil
    }

    var flops: Int { first.flops + second.flops + (downsample?.flops ?? 0) }
}
