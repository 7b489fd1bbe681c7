internal import CProcessor

/// The widest vector of the target processor: `SIMD16<Float>`, `SIMD8<Float>` or `SIMD4<Float>`.
///
/// Each lane is one sample of the batch. A vector of samples of one model is called a **lane group**. In the last lane group
/// of a model, the lanes without samples are padding.
typealias Vector = NativeVector

/// A mask of the lanes of a ``Vector``.
typealias LaneMask = SIMDMask<Vector.MaskStorage>

/// A 32-bit integer for each lane of a ``Vector``.
typealias LaneIntegers = Vector.MaskStorage

/// A 16-bit integer for each lane of a ``Vector``.
typealias LaneShorts = NativeShorts

/// A double for each lane of a ``Vector``.
typealias LaneDoubles = NativeDoubles

/// The division of samples into lane groups.
enum Lanes {
    /// The number of samples of a vector.
    static var width: Int { Vector.scalarCount }

    /// The number of lane groups for `samples` samples.
    static func groups(for samples: Int) -> Int { (samples + width - 1) / width }

    /// The number of lanes of a group that hold samples of a model with `count` samples: `0...width`.
    static func used(group: Int, count: Int) -> Int { min(max(count - group * width, 0), width) }

    /// The mask of the lanes from `used` on, which hold no samples.
    static func padding(after used: Int) -> LaneMask {
        var mask = LaneMask(repeating: false)
        for lane in 0..<width { mask[lane] = lane >= used }
        return mask
    }
}

/// Converts the lanes of a group to doubles, and sets lanes without samples to zero.
struct UsedLanes {
    private let padding: LaneMask?

    /// - Parameter used: the number of lanes that hold samples.
    @inline(__always)
    init(_ used: Int) {
        padding = used < Lanes.width ? Lanes.padding(after: used) : nil
    }

    @inline(__always)
    func doubles(_ vector: Vector) -> LaneDoubles {
        guard let padding else { return nativeDoubles(vector) }
        return nativeDoubles(vector.replacing(with: 0, where: padding))
    }
}

/// Sets the lanes without samples to zero, in `count` vectors of a group.
func clearPadding(of values: UnsafeMutablePointer<Vector>, count: Int, used: Int) {
    guard used < Lanes.width else { return }
    let padding = Lanes.padding(after: used)
    for index in 0..<count { values[index].replace(with: 0, where: padding) }
}

/// The lane groups whose sums over the batch are computed together: 32 samples, for any number of threads.
enum SampleChunk {
    /// The number of lane groups of a chunk.
    static var groups: Int { max(1, 32 / Lanes.width) }

    /// The number of chunks of `groups` lane groups; at least one.
    static func count(groups: Int) -> Int { max(1, (groups + Self.groups - 1) / Self.groups) }

    /// The number of chunks of `samples` samples; at least one.
    static func count(samples: Int) -> Int { count(groups: Lanes.groups(for: samples)) }
}

/// The sum of all lanes, by adding halves: a fixed order, in `log2(width)` steps.
///
/// `SIMD.sum()` adds one lane after another.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD16<Scalar>) -> Scalar {
    laneSum(vector.lowHalf + vector.highHalf)
}

/// The sum of all lanes, by adding halves.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD8<Scalar>) -> Scalar {
    laneSum(vector.lowHalf + vector.highHalf)
}

/// The sum of all lanes, by adding halves.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD4<Scalar>) -> Scalar {
    let pairs = vector.lowHalf + vector.highHalf
    return pairs[0] + pairs[1]
}

/// The sum of `count` vectors in four independent chains, which is faster and more accurate than one.
@inline(__always)
func sum(of vectors: UnsafePointer<Vector>, count: Int) -> Vector {
    var sums = (Vector(), Vector(), Vector(), Vector())
    var index = 0
    while index + 4 <= count {
        sums.0 += vectors[index]
        sums.1 += vectors[index + 1]
        sums.2 += vectors[index + 2]
        sums.3 += vectors[index + 3]
        index += 4
    }
    while index < count {
        sums.0 += vectors[index]
        index += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
}
