/// Max-pooling windows, as PyTorch's `MaxPool2d` without padding.
///
/// `output[i,j] = max of input[i s ..< i s + k, j s ..< j s + k]`. Of equal maxima the first in row-major order wins: it
/// gets the window's gradient. NaN wins over every number, and a later NaN over an earlier one, as in PyTorch.
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

    /// Throws unless a window fits into the image.
    package func validate(on input: Extent, operation: String) throws(BackendError) {
        guard kernel.height > 0, kernel.width > 0, stride.height > 0, stride.width > 0,
            input.height >= kernel.height, input.width >= kernel.width
        else {
            throw .shapeMismatch(
                operation: operation, expected: "a window inside the image", found: "\(self) on \(input)")
        }
    }
}
