internal import CProcessor

/// The widest vector of the target processor: `SIMD16<Float>`, `SIMD8<Float>` or `SIMD4<Float>`.
///
/// Each lane is one sample of the batch. Samples of one model beyond the last full vector share one more, the rest of
/// whose lanes are padding; such a vector of samples is called a **lane group**.
typealias Vector = NativeVector

/// A choice of lanes of a ``Vector``.
typealias LaneMask = SIMDMask<Vector.MaskStorage>

/// A 32-bit integer for each lane of a ``Vector``.
typealias LaneIntegers = Vector.MaskStorage

/// A 16-bit integer for each lane of a ``Vector``.
typealias LaneShorts = NativeShorts

/// A double for each lane of a ``Vector``.
typealias LaneDoubles = NativeDoubles

/// How a number of samples falls into lane groups.
enum Lanes {
    /// Samples in one vector.
    static var width: Int { Vector.scalarCount }

    /// Vectors that hold `samples` samples.
    static func groups(for samples: Int) -> Int { (samples + width - 1) / width }

    /// How many lanes of a group hold samples of a model with `count` of them: `0...width`.
    static func used(group: Int, count: Int) -> Int { min(max(count - group * width, 0), width) }

    /// The lanes from `used` on: those without a sample.
    static func padding(after used: Int) -> LaneMask {
        var mask = LaneMask(repeating: false)
        for lane in 0..<width { mask[lane] = lane >= used }
        return mask
    }
}

/// The lanes of one group among several, as doubles: those that hold no sample count as zero.
struct UsedLanes {
    private let padding: LaneMask?

    /// - Parameter used: how many lanes hold samples.
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

/// Sets the lanes of a group that hold no sample to zero, in `count` vectors.
func clearPadding(of values: UnsafeMutablePointer<Vector>, count: Int, used: Int) {
    guard used < Lanes.width else { return }
    let padding = Lanes.padding(after: used)
    for index in 0..<count { values[index].replace(with: 0, where: padding) }
}

/// Lane groups whose sums over the batch are formed together: 32 samples, whatever the number of threads.
enum SampleChunk {
    /// Lane groups of a chunk.
    static var groups: Int { max(1, 32 / Lanes.width) }

    /// Chunks that hold so many lane groups; at least one.
    static func count(groups: Int) -> Int { max(1, (groups + Self.groups - 1) / Self.groups) }

    /// Chunks that hold so many samples; at least one.
    static func count(samples: Int) -> Int { count(groups: Lanes.groups(for: samples)) }
}

/// The sum of all lanes, halves first: a fixed order, in `log2(width)` steps.
///
/// `SIMD.sum()` adds lane after lane.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD16<Scalar>) -> Scalar {
    laneSum(vector.lowHalf + vector.highHalf)
}

/// The sum of all lanes, halves first.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD8<Scalar>) -> Scalar {
    laneSum(vector.lowHalf + vector.highHalf)
}

/// The sum of all lanes, halves first.
@inline(__always)
func laneSum<Scalar: FloatingPoint & SIMDScalar>(_ vector: SIMD4<Scalar>) -> Scalar {
    let pairs = vector.lowHalf + vector.highHalf
    return pairs[0] + pairs[1]
}

/// The sum of `count` vectors in four chains, which is faster and loses fewer digits than one.
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
