/// A two-dimensional cross-correlation, as PyTorch's `Conv2d` (dilation 1, one group, zero padding).
///
/// For stride 1 a backend may compute neighbouring pixels together, as Winograd's algorithms do. The error of a pixel is
/// then relative to the sums of its eight neighbours too, and a value that is not finite may spread to them. It does not
/// spread to other samples or models.
package struct Convolution: Hashable, Sendable, CustomStringConvertible {
    package var inputChannels: Int
    package var outputChannels: Int
    /// The extent `H` x `W` of the input.
    package var input: Extent
    package var kernel: Extent
    package var stride: Extent
    /// The number of zero rows and columns on each side.
    package var padding: Extent

    package init(
        inputChannels: Int, outputChannels: Int, input: Extent, kernel: Extent, stride: Extent = Extent(1),
        padding: Extent = Extent(0)
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.input = input
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// The extent `H'` x `W'` of the output: `(H + 2 padding - kernel) / stride + 1`, rounded down.
    package var output: Extent {
        Extent(
            height: (input.height + 2 * padding.height - kernel.height) / stride.height + 1,
            width: (input.width + 2 * padding.width - kernel.width) / stride.width + 1)
    }

    /// The convolution that computes the input gradient from the output gradient: its kernel is rotated by 180 degrees, and
    /// its two channel axes are exchanged.
    ///
    /// Nil if the input gradient is not such a convolution: for strides other than 1, and if some outputs read only padding.
    package var inputGradient: Convolution? {
        guard stride == Extent(1), padding.height < kernel.height, padding.width < kernel.width else { return nil }
        return Convolution(
            inputChannels: outputChannels, outputChannels: inputChannels, input: output, kernel: kernel,
            padding: Extent(height: kernel.height - 1 - padding.height, width: kernel.width - 1 - padding.width))
    }

    /// The number of elements of the weight tensor `[outputChannels, inputChannels, kernel.height, kernel.width]`.
    package var weightCount: Int { outputChannels * inputChannels * kernel.area }

    /// Floating-point operations for one sample.
    ///
    /// Multiplications and additions count separately; padding is included.
    package var flops: Int { 2 * weightCount * output.area }

    package var description: String {
        "\(inputChannels)->\(outputChannels) \(kernel) stride \(stride) padding \(padding) on \(input)"
    }

    /// The shape of an input sample.
    package var inputShape: SampleShape { SampleShape(channels: inputChannels, image: input) }

    /// The shape of an output sample.
    package var outputShape: SampleShape { SampleShape(channels: outputChannels, image: output) }

    /// Checks that the kernel fits into the padded image.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate(operation: String) throws(BackendError) {
        guard stride.height > 0, stride.width > 0, padding.height >= 0, padding.width >= 0,
            kernel.height > 0, kernel.width > 0, inputChannels > 0, outputChannels > 0,
            input.height + 2 * padding.height >= kernel.height, input.width + 2 * padding.width >= kernel.width
        else {
            throw .shapeMismatch(operation: operation, expected: "a kernel inside the padded image", found: "\(self)")
        }
    }
}
