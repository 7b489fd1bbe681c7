/// A shortcut without parameters for a residual block that changes the shape: every `stride`-th pixel, between zero channels.
///
/// It is option A of He et al., "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), section 4.2:
/// `output[o, i, j] = input[o - before, i s, j s]` where the input has such a channel, and 0 elsewhere.
package struct PaddedShortcut: Hashable, Sendable, CustomStringConvertible {
    /// The shape of an input sample.
    package var input: SampleShape
    package var outputChannels: Int
    /// The number of zero channels before those of the input; the rest follow them.
    package var channelsBefore: Int
    package var stride: Extent

    package init(input: SampleShape, outputChannels: Int, channelsBefore: Int, stride: Extent) {
        self.input = input
        self.outputChannels = outputChannels
        self.channelsBefore = channelsBefore
        self.stride = stride
    }

    /// The shape of an output sample: the extent is that of a convolution whose padding keeps the pixels.
    package var output: SampleShape {
        SampleShape(
            channels: outputChannels,
            image: Extent(
                height: (input.image.height - 1) / stride.height + 1, width: (input.image.width - 1) / stride.width + 1)
        )
    }

    /// The output's channels that come from the input.
    package var channels: Range<Int> { channelsBefore..<channelsBefore + input.channels }

    package var description: String {
        "\(input) stride \(stride), \(outputChannels) channels from \(channelsBefore) on"
    }

    /// Checks the shapes of a call.
    fileprivate func validate(
        input found: ActivationShape, output: ActivationShape, counts: SampleCounts, operation: String
    ) throws(BackendError) {
        guard stride.height > 0, stride.width > 0, channelsBefore >= 0, channels.upperBound <= outputChannels else {
            throw .shapeMismatch(
                operation: operation, expected: "the channels of the input among those of the output", found: "\(self)")
        }
        try requireShape(found, is: found.with(input), "input", operation: operation)
        try requireShape(output, is: found.with(self.output), "output", operation: operation)
        try counts.validate(for: found, operation: operation)
    }
}

/// The requirements of a backend for ``PaddedShortcut``; callers use the checked functions of the same names.
package protocol PaddedShortcutOperations: StorageOperations {
    /// ``paddedShortcut(_:input:counts:output:)`` without checks.
    func uncheckedPaddedShortcut(
        _ shortcut: PaddedShortcut, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// ``paddedShortcutGradient(_:outputGradient:counts:inputGradient:accumulate:)`` without checks.
    func uncheckedPaddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation,
        accumulate: Bool
    ) throws(BackendError)
}

extension PaddedShortcutOperations {
    /// Copies every `stride`-th pixel, and writes zeros to the other channels.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func paddedShortcut(
        _ shortcut: PaddedShortcut, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try shortcut.validate(input: input.shape, output: output.shape, counts: counts, operation: "shortcut")
        try uncheckedPaddedShortcut(shortcut, input: input, counts: counts, output: output)
    }

    /// The gradient of the input: that of the output in the copied pixels, and 0 elsewhere.
    ///
    /// - Parameter accumulate: adds to the contents of `inputGradient`, for an input with several consumers.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func paddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation,
        accumulate: Bool
    ) throws(BackendError) {
        try shortcut.validate(
            input: inputGradient.shape, output: outputGradient.shape, counts: counts, operation: "shortcut, gradient")
        try uncheckedPaddedShortcutGradient(
            shortcut, outputGradient: outputGradient, counts: counts, inputGradient: inputGradient,
            accumulate: accumulate)
    }
}
