/// Average-pooling windows, as PyTorch's `AvgPool2d` without padding; a window of the whole image is `AdaptiveAvgPool2d(1)`.
///
/// `output[i,j] = mean of input[i s ..< i s + k, j s ..< j s + k]`.
package struct AveragePool: Hashable, Sendable, CustomStringConvertible {
    package var kernel: Extent
    package var stride: Extent

    package init(kernel: Extent, stride: Extent) {
        self.kernel = kernel
        self.stride = stride
    }

    /// The mean of the whole image.
    package init(global image: Extent) {
        self.init(kernel: image, stride: Extent(1))
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

    /// Checks the shapes of a call.
    fileprivate func validate(
        input: ActivationShape, output: ActivationShape, counts: SampleCounts, operation: String
    ) throws(BackendError) {
        try validate(on: input.image, operation: operation)
        let expected = SampleShape(channels: input.channels, image: self.output(for: input.image))
        try requireShape(output, is: input.with(expected), "output", operation: operation)
        try counts.validate(for: input, operation: operation)
    }
}

/// The requirements of a backend for ``AveragePool``; callers use the checked functions of the same names.
package protocol AveragePoolOperations: StorageOperations {
    /// ``averagePool(_:input:counts:output:)`` without checks.
    func uncheckedAveragePool(
        _ pool: AveragePool, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// ``averagePoolGradient(_:outputGradient:counts:inputGradient:)`` without checks.
    func uncheckedAveragePoolGradient(
        _ pool: AveragePool, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError)
}

extension AveragePoolOperations {
    /// The mean of each window: the sum, divided by the number of values.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func averagePool(
        _ pool: AveragePool, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try pool.validate(input: input.shape, output: output.shape, counts: counts, operation: "average-pool")
        try uncheckedAveragePool(pool, input: input, counts: counts, output: output)
    }

    /// The gradient of the input: for each pixel, the sum of the gradients of the windows that contain it, divided by the number
    /// of values of a window.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func averagePoolGradient(
        _ pool: AveragePool, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        try pool.validate(
            input: inputGradient.shape, output: outputGradient.shape, counts: counts,
            operation: "average-pool, gradient")
        try uncheckedAveragePoolGradient(
            pool, outputGradient: outputGradient, counts: counts, inputGradient: inputGradient)
    }
}
