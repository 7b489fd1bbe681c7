/// The "convolution" of a layer without one, and its input gradient: a copy.
final class IdentityConvolution: ConvolutionAlgorithm {
    /// The number of vectors of a lane group.
    private let count: Int

    static let blockChannels = 1

    init(count: Int) {
        self.count = count
    }

    var resultChannels: Int { 0 }
    var packedCount: Int { 0 }
    var scratchCount: Int { 0 }

    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {}

    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        if accumulate {
            for index in 0..<count { result[index] += source[index] }
        } else {
            result.update(from: source, count: count)
        }
    }
}
