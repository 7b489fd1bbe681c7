/// The batch normalisation of one channel: `(x - mean) scale + shift`.
struct ChannelNormalization: BitwiseCopyable {
    let mean: Float
    let scale: Float
    let shift: Float

    /// For a layer without norm.
    static var identity: ChannelNormalization { ChannelNormalization(mean: 0, scale: 1, shift: 0) }

    /// Whether it is strictly monotonic, so that it preserves or reverses the order of values.
    var isMonotonic: Bool { mean.isFinite && shift.isFinite && scale.isFinite && scale != 0 }

    /// The same number in all lanes.
    var vectors: (mean: Vector, scale: Vector, shift: Vector) {
        (Vector(repeating: mean), Vector(repeating: scale), Vector(repeating: shift))
    }

    /// Normalises one vector.
    @inline(__always)
    func callAsFunction(_ values: Vector) -> Vector {
        let (mean, scale, shift) = vectors
        return shift.addingProduct(values - mean, scale)
    }

    /// Normalises `count` vectors, adds the residual if there is one, and applies the ReLU if requested.
    func apply(
        _ input: UnsafePointer<Vector>, residual: UnsafePointer<Vector>?, relu: Bool, count: Int,
        output: UnsafeMutablePointer<Vector>
    ) {
        let (mean, scale, shift) = vectors
        switch (residual, relu) {
        case (nil, false):
            for index in 0..<count { output[index] = shift.addingProduct(input[index] - mean, scale) }
        case (nil, true):
            for index in 0..<count {
                output[index] = rectified(shift.addingProduct(input[index] - mean, scale))
            }
        case (let residual?, false):
            for index in 0..<count {
                output[index] = shift.addingProduct(input[index] - mean, scale) + residual[index]
            }
        case (let residual?, true):
            for index in 0..<count {
                output[index] = rectified(shift.addingProduct(input[index] - mean, scale) + residual[index])
            }
        }
    }
}

/// `max(x, 0)` that propagates NaN.
@inline(__always)
func rectified(_ value: Vector) -> Vector {
    value.replacing(with: 0, where: value .<= 0)
}
