/// The losses that set the scale, apart from those that lie far above them.
///
/// Users return penalties for what is not feasible, and a training explodes. Such a loss says that its point is bad, and its
/// size says nothing. The highest losses are bad if they form a group that is closer together than the gap below it, and the
/// gap is wide in units of the standard deviation of all losses below. What remains is examined again, so that several
/// groups of different sizes are found. Nothing depends on the size of a bad loss, only on the gap.
///
/// Known noise may explain a gap: that of the losses below counts as their standard deviation where it is more, and that of the
/// loss above is added. The latter counts up to ten standard deviations only, because the folds of a loss that is
/// far above all others are as far apart.
package struct GoodLosses: Sendable, Equatable {
    /// The number of good losses, which are the lowest ones.
    package let count: Int

    /// The least loss that is bad; infinite if none is.
    package let ceiling: Double

    /// The fewest good losses.
    ///
    /// Two losses do not show how far losses lie apart.
    private static let fewest = 3

    /// The greatest effect of the noise of a loss above a gap, in standard deviations of the losses below.
    private static let noiseLimit = 10.0

    /// Examines losses.
    ///
    /// - Parameter sorted: Finite losses in increasing order, with the variances of their noise where they are known.
    package init(among sorted: [(loss: Double, variance: Double?)]) {
        var (count, ceiling) = (sorted.count, Double.infinity)
        while let (fewer, least) = Self.belowGap(sorted, count: count) { (count, ceiling) = (fewer, least) }
        self.count = count
        self.ceiling = ceiling
    }

    /// The number of losses below the highest gap that separates bad ones among the first `count`; `nil` if there is none.
    private static func belowGap(_ sorted: [(loss: Double, variance: Double?)], count: Int) -> (
        count: Int, ceiling: Double
    )? {
        guard count > fewest else { return nil }
        // Halves, because the difference of two finite numbers may overflow.
        func difference(_ upper: Int, _ lower: Int) -> Double { sorted[upper].loss / 2 - sorted[lower].loss / 2 }
        for first in stride(from: count - 1, through: fewest, by: -1) {
            let gap = difference(first, first - 1)
            guard gap > 0, difference(count - 1, first) <= gap else { continue }
            let below = sorted.prefix(first)
            let spread = max(deviation(below.map(\.loss)), below.medianNoise)
            // Squares of losses may overflow.
            let noise = spread > 0 ? min((sorted[first].variance ?? 0).squareRoot() / spread, noiseLimit) : 0
            let unit = spread / 2 * (1 + noise * noise).squareRoot()
            let widest = wideGap(among: first) * unit
            if gap > widest { return (first, 2 * (sorted[first - 1].loss / 2 + widest)) }
        }
        return nil
    }

    /// The width of a gap above some losses in units of their standard deviation, which a few losses do not determine well.
    private static func wideGap(among count: Int) -> Double { 5 + 12 / Double(count) }

    /// The standard deviation of sorted losses, without overflow and underflow.
    private static func deviation(_ losses: [Double]) -> Double {
        guard let lowest = losses.first, let highest = losses.last, lowest < highest else { return 0 }
        let range = highest / 2 - lowest / 2
        let parts = losses.map { ($0 / 2 - lowest / 2) / range }
        let mean = parts.reduce(0, +) / Double(parts.count)
        return 2 * range * (parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(parts.count)).squareRoot()
    }
}

extension Collection where Element == (loss: Double, variance: Double?) {
    /// The median standard deviation of the noise of the losses where it is known; 0 if it is unknown for all.
    var medianNoise: Double {
        let variances = compactMap(\.variance).sorted()
        return variances.isEmpty ? 0 : variances[variances.count / 2].squareRoot()
    }
}
