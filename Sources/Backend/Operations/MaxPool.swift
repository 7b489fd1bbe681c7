/// Max-pooling windows, as PyTorch's `MaxPool2d` without padding.
package struct MaxPool: Hashable, Sendable, CustomStringConvertible {
    package var kernel: Extent
    package var stride: Extent

    package init(kernel: Extent, stride: Extent) {
        self.kernel = kernel
        self.stride = stride
    }

    /// The extent of the output for an input's.
    package func output(for input: Extent) -> Extent {
        Extent(
            height: (input.height - kernel.height) / stride.height + 1,
            width: (input.width - kernel.width) / stride.width + 1)
    }

    package var description: String { "\(kernel) stride \(stride)" }

    /// Throws unless both activations are what the pooling reads and writes.
    package func validate(
        input: ActivationShape, output outputShape: ActivationShape, counts: SampleCounts, operation: String
    ) throws(BackendError) {
        guard kernel.height > 0, kernel.width > 0, stride.height > 0, stride.width > 0,
            input.image.height >= kernel.height, input.image.width >= kernel.width
        else {
            throw .shapeMismatch(
                operation: operation, expected: "a window inside the image",
                found: "\(self) on \(input.image)")
        }
        var expected = input
        expected.image = output(for: input.image)
        try requireShape(outputShape, is: expected, "output", operation: operation)
        try counts.validate(for: input, operation: operation)
    }
}

/// Max-pooling and its gradient.
///
/// Of equal maxima in a window the first in row-major order wins. NaN wins over every number, and a later NaN over an
/// earlier one, as in PyTorch.
package protocol MaxPoolOperations: StorageOperations {
    /// `output[i,j] = max of input[i s ..< i s + k, j s ..< j s + k]`.
    func maxPool(_ pool: MaxPool, input: Activation, counts: SampleCounts, output: Activation) throws(BackendError)

    /// The gradient in the input: each input gets the sum of the gradients of the windows it won, added in row-major
    /// order of the windows.
    func maxPoolGradient(
        _ pool: MaxPool, input: Activation, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError)
}
