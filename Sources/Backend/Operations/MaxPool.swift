/// Max-pooling windows, as PyTorch's `MaxPool2d` without padding.
///
/// `output[i,j] = max of input[i s ..< i s + k, j s ..< j s + k]`. The argmax is the first of
/// equal maxima in row-major order, and it receives the gradient of the window. NaN counts as larger than every number, and
/// of several NaN the last is the argmax, as in PyTorch.
package struct MaxPool: Hashable, Sendable, CustomStringConvertible {
    package var kernel: Extent
    package var stride: Extent

    package init(kernel: Extent, stride: Extent) {
        self.kernel = kernel
        self.stride = stride
    }

    /// The extent of the output for an input of extent `input`.
    package func output(for input: Extent) -> Extent { input.windows(kernel, stride: stride) }

    package var description: String { "\(kernel) stride \(stride)" }

    /// Checks that a window fits into the image.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate(on input: Extent, operation: String) throws(BackendError) {
        try input.requireWindow(kernel, stride: stride, operation: operation)
    }
}
