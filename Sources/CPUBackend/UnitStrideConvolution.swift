internal import Backend

/// A convolution of stride 1, or the gradient in the input of one, which is a convolution of stride 1 itself.
struct UnitStrideConvolution {
    /// What is read and what comes out: of a gradient, the convolution that it is.
    let convolution: Convolution
    /// Whether the weights are those of the convolution whose gradient it is.
    private let isInputGradient: Bool

    /// Nil for other strides.
    init?(forward convolution: Convolution) {
        guard convolution.stride == Extent(1) else { return nil }
        (self.convolution, isInputGradient) = (convolution, false)
    }

    /// Nil where the gradient is no such convolution.
    init?(inputGradientOf convolution: Convolution) {
        guard let gradient = convolution.inputGradient else { return nil }
        (self.convolution, isInputGradient) = (gradient, true)
    }

    /// The weights of four successive channels of the result at one place of the kernel; zero beyond the kernel.
    func weights(
        _ weights: UnsafePointer<Float>, result channel: Int, source sourceChannel: Int, row: Int, column: Int
    ) -> SIMD4<Float> {
        let (sourceChannels, resultChannels) = (convolution.inputChannels, convolution.outputChannels)
        let kernel = convolution.kernel
        guard row < kernel.height, column < kernel.width else { return SIMD4() }
        let place = row * kernel.width + column
        let area = kernel.area
        let (first, stride) =
            isInputGradient
            ? ((sourceChannel * resultChannels + channel) * area + area - 1 - place, area)
            : ((channel * sourceChannels + sourceChannel) * area + place, sourceChannels * area)
        return SIMD4(
            weights[first], weights[first + stride], weights[first + 2 * stride], weights[first + 3 * stride])
    }
}
