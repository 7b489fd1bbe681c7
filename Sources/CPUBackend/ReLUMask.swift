/// Which gradients in one channel of a lane group pass: with a ReLU those in values above zero, and in NaN.
///
/// Loops are compiled for each kind.
protocol ReLUMask {
    /// Whether it lets all of them through.
    static var isOpen: Bool { get }
    /// Where the gradient at a place is stopped.
    func isZeroed(at index: Int) -> LaneMask
}

extension ReLUMask {
    /// Puts zero in the place of a gradient that does not pass, and returns what is there then.
    @inline(__always)
    func pass(_ gradients: UnsafeMutablePointer<Vector>, _ index: Int) -> Vector {
        guard !Self.isOpen else { return gradients[index] }
        let gradient = gradients[index].replacing(with: 0, where: isZeroed(at: index))
        gradients[index] = gradient
        return gradient
    }
}

/// No ReLU.
struct NoReLUMask: ReLUMask {
    static let isOpen = true

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { LaneMask(repeating: false) }
}

/// Goes by what a ReLU gave.
struct OutputMask: ReLUMask {
    let output: UnsafePointer<Vector>

    static let isOpen = false

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { output[index] .<= 0 }
}

/// Goes by what a ReLU was given, which is normalised again.
struct NormalizationMask: ReLUMask {
    let values: UnsafePointer<Vector>
    let normalization: ChannelNormalization

    static let isOpen = false

    @inline(__always)
    func isZeroed(at index: Int) -> LaneMask { normalization(values[index]) .<= 0 }
}
