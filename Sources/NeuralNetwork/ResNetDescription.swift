package import Backend

/// What a residual network looks like: the network is data, of which the default is the original program's.
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
    /// Kernel of the first convolution, an odd number; padded so that the extent stays.
    package var stemKernel = 7
    /// The pooling after the first convolution.
    package var pool = MaxPool(kernel: Extent(3), stride: Extent(2))
    /// Output channels of each residual block.
    ///
    /// One that differs from its input's makes the block halve the extent.
    package var blockChannels = [8, 16]
    /// Kernel of the blocks' convolutions, an odd number.
    package var blockKernel = 3
    /// Classes to tell apart.
    package var classes = 10

    /// The original program's network for Fashion-MNIST.
    package init() {}

    /// The first convolution.
    var stem: Convolution {
        Convolution(
            inputChannels: inputChannels, outputChannels: stemChannels, input: image, kernel: Extent(stemKernel),
            padding: Extent(stemKernel / 2))
    }

    /// The residual blocks, in order, with the extents they meet.
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

    /// Features that the fully connected layer reads.
    var features: Int {
        guard let last = blocks.last else { return stemChannels * pool.output(for: stem.output).area }
        return last.second.outputChannels * last.second.output.area
    }

    /// Floating-point operations of the convolutions and the linear layer in one forward pass of one image,
    /// multiplication and addition counted apart, padding included.
    package var forwardFlops: Int {
        stem.flops + blocks.reduce(0) { $0 + $1.flops } + 2 * features * classes
    }

    /// Floating-point operations to train on one image: forward, parameter gradients, and the input gradients of all
    /// layers but the first.
    package var trainingFlops: Int { 3 * forwardFlops - stem.flops }
}

/// The convolutions of one residual block.
struct ResidualBlockDescription: Sendable, Equatable {
    /// The block's name in the state dictionary.
    let name: String
    let first: Convolution
    let second: Convolution
    /// The convolution on the shortcut where the extent and the channels change, nil where the shortcut is the identity.
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
