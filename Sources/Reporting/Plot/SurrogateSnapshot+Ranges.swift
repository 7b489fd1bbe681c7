import Platform
import Studies

/// What a plot of a snapshot shows: its title, its curves and the ranges of its axes.
extension SurrogateSnapshot {
    /// What the snapshot belongs to, as a title.
    var title: String {
        if choice != nil {
            let count = iterations.lowerBound - 1
            return "After \(count) evaluation\(count == 1 ? "" : "s")"
        }
        return iterations.count == 1
            ? "Iteration \(iterations.lowerBound)" : "Iterations \(iterations.lowerBound) to \(iterations.upperBound)"
    }

    /// The curve so many standard deviations above the mean.
    func curve(_ deviations: Double) -> [Double] {
        zip(means, standardDeviations).map { $0 + deviations * $1 }
    }

    /// The search space with a margin, so that marks at its ends are not on the frame.
    var axisRange: ClosedRange<Double> {
        guard let low = xs.first, let high = xs.last, low < high else { return 0...1 }
        if isLogarithmic {
            let margin = pow(high / low, 0.02)
            return (low / margin)...(high * margin)
        }
        let margin = 0.02 * (high - low)
        return (low - margin)...(high + margin)
    }

    /// The range of losses: the band and all trials with their noise, from 0 on because losses are not negative.
    ///
    /// Diverged trials do not extend the range, unless there are no others.
    var lossRange: ClosedRange<Double> {
        var shown = points.filter { $0.state != .diverged && $0.loss.isFinite }
        if shown.isEmpty { shown = points.filter(\.loss.isFinite) }
        let lows = curve(-OptimizationPlot.bandWidth) + shown.map { $0.loss - ($0.error ?? 0) }
        let highs = curve(OptimizationPlot.bandWidth) + shown.map { $0.loss + ($0.error ?? 0) }
        guard let low = lows.min(), let high = highs.max(), low.isFinite, high.isFinite else { return 0...1 }
        let margin = high > low ? 0.06 * (high - low) : max(abs(high) * 0.5, 1e-12)
        let floor = (means + shown.map(\.loss)).allSatisfy { $0 >= 0 } ? 0 : -Double.infinity
        return max(low - margin, floor)...(high + margin)
    }

    /// The range from 0 to slightly above the highest value; for a function with negative values, such as a logarithm,
    /// its upper part.
    var acquisitionRange: ClosedRange<Double> {
        let finite = acquisitions.filter(\.isFinite)
        guard let high = finite.max(), let low = finite.min() else { return 0...1 }
        if low >= 0 { return high > 0 ? 0...(1.12 * high) : 0...1 }
        // The logarithm of the improvement has no lower bound, so 20 below the maximum are shown.
        let floor = max(low, high - 20)
        let margin = high > floor ? 0.1 * (high - floor) : 1
        return (floor - margin)...(high + margin)
    }
}
