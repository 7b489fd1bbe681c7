/// The derivative of a ReLU in one channel of a lane group: 1 for positive values and for NaN, else 0.
///
/// Loops are specialised for each conforming type.
protocol ReLUMask {
    /// Whether the derivative is 1 everywhere.
    static var isIdentity: Bool { get }
    /// The lanes of a vector in which the derivative is 0.
    func isZeroed(at index: Int) -> LaneMask
}

extension ReLUMask {
    /// Sets a gradient to zero in the lanes where the derivative is 0, in place, and returns it.
    @inline(__always)
    func apply(_ gradients: UnsafeMutablePointer<Vector>, _ index: Int) -> Vector {
        guard !Self.isIdentity else { return gradients[index] }
        let gradient = gradients[index].replacing(with: 0, where: isZeroed(at: index))
        gradients[index] = gradient
        return gradient
    }
}

/// The derivative without a ReLU.
struct NoReLUMask: ReLUMask {
    static let isIdentity = true

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { LaneMask(repeating: false) }
}

/// The derivative as a function of the ReLU's output.
struct OutputMask: ReLUMask {
    let output: UnsafePointer<Vector>

    static let isIdentity = false

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { output[index] .<= 0 }
}

/// The derivative as a function of the ReLU's input, which is normalised again.
struct NormalizationMask: ReLUMask {
    let values: UnsafePointer<Vector>
    let normalization: ChannelNormalization

    static let isIdentity = false

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { normalization(values[index]) .<= 0 }
}
