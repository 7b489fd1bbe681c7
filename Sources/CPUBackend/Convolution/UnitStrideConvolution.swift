internal import Backend

/// A convolution of stride 1, or the input gradient of one, which is a convolution of stride 1 too.
struct UnitStrideConvolution {
    /// The shapes; for an input gradient, those of the convolution that computes it.
    let convolution: Convolution
    /// Whether this is an input gradient, whose weights are those of the forward convolution.
    private let isInputGradient: Bool

    /// Nil for other strides.
    init?(forward convolution: Convolution) {
        guard convolution.stride == Extent(1) else { return nil }
        (self.convolution, isInputGradient) = (convolution, false)
    }

    /// Nil if the input gradient is not a convolution of stride 1.
    init?(inputGradientOf convolution: Convolution) {
        guard let gradient = convolution.inputGradient else { return nil }
        (self.convolution, isInputGradient) = (gradient, true)
    }

    /// The weights of four successive result channels at one row and column of the kernel; zero outside the kernel.
    func weights(
        _ weights: UnsafePointer<Float>, result channel: Int, source sourceChannel: Int, row: Int, column: Int
    ) -> SIMD4<Float> {
        let (sourceChannels, resultChannels) = (convolution.inputChannels, convolution.outputChannels)
        let kernel = convolution.kernel
        guard row < kernel.height, column < kernel.width else { return SIMD4() }
        let tap = row * kernel.width + column
        let area = kernel.area
        let (first, stride) =
            isInputGradient
            ? ((sourceChannel * resultChannels + channel) * area + area - 1 - tap, area)
            : ((channel * sourceChannels + sourceChannel) * area + tap, sourceChannels * area)
        return SIMD4(
            weights[first], weights[first + stride], weights[first + 2 * stride], weights[first + 3 * stride])
    }
}
