internal import CProcessor

/// The widest vector of the target processor: `SIMD16<Float>`, `SIMD8<Float>` or `SIMD4<Float>`.
///
/// Each lane is one sample of the batch. Samples of one model beyond the last full vector share one more, the rest of
/// whose lanes are padding; such a vector of samples is called a **lane group**.
typealias Vector = NativeVector

/// A choice of lanes of a ``Vector``.
typealias LaneMask = SIMDMask<Vector.MaskStorage>

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
