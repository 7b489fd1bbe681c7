/// The losses that set the scale, apart from those that lie far above them.
///
/// Users return penalties for what is not feasible, and a training explodes. Such a loss says that its point is bad, and its
/// size says nothing. The highest losses are bad if they form a group that is closer together than the gap below it, and the
/// gap is wide in units of the standard deviation of all losses below. What remains is examined again, so that several
/// groups of different sizes are found. Nothing depends on the size of a bad loss, only on the gap.
package struct GoodLosses: Sendable, Equatable {
    /// The number of good losses, which are the lowest ones.
    package let count: Int

    /// The fewest good losses.
    ///
    /// Two losses do not show how far losses lie apart.
    private static let fewest = 3

    /// Examines losses.
    ///
    /// - Parameter sorted: Finite losses in increasing order.
    package init(among sorted: [Double]) {
        var count = sorted.count
        while let fewer = Self.belowGap(sorted, count: count) { count = fewer }
        self.count = count
    }

    /// The number of losses below the highest gap that separates bad ones among the first `count`; `nil` if there is none.
    private static func belowGap(_ sorted: [Double], count: Int) -> Int? {
        guard count > fewest else { return nil }
        // Halves, because the difference of two finite numbers may overflow.
        func difference(_ upper: Int, _ lower: Int) -> Double { sorted[upper] / 2 - sorted[lower] / 2 }
        for first in stride(from: count - 1, through: fewest, by: -1) {
            let gap = difference(first, first - 1)
            guard gap > 0, difference(count - 1, first) <= gap else { continue }
            if gap > wideGap(among: first) * deviation(sorted.prefix(first)) / 2 { return first }
        }
        return nil
    }

    /// The width of a gap above some losses in units of their standard deviation, which a few losses do not determine well.
    private static func wideGap(among count: Int) -> Double { 5 + 12 / Double(count) }

    /// The standard deviation of sorted losses, without overflow and underflow.
    private static func deviation(_ losses: ArraySlice<Double>) -> Double {
        guard let lowest = losses.first, let highest = losses.last, lowest < highest else { return 0 }
        let range = highest / 2 - lowest / 2
        let parts = losses.map { ($0 / 2 - lowest / 2) / range }
        let mean = parts.reduce(0, +) / Double(parts.count)
        return 2 * range * (parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(parts.count)).squareRoot()
    }
}
