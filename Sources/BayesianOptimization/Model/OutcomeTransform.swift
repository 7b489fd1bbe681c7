import Platform

/// The transform of losses for the surrogate, to mean 0, standard deviation 1 and a short upper tail.
///
/// With m the median and s the root mean square distance from m of the losses below it, a loss is u = (loss − m)/s, and
/// 3 + log(1 + (u − 3)) instead where u is above 3. Very high losses keep their order, but do not decide the scale of
/// the low ones. The result is standardised.
///
/// Differences between losses that are smaller than their noise do not show how much the objective varies. So neither s
/// nor the standard deviation that the result is divided by is less than the known noise. Otherwise the surrogate would
/// explain such losses as noise alone and fit only the very high ones.
struct OutcomeTransform: Sendable, Equatable {
    /// The beginning of the upper tail, in units of the spread of the better half.
    private let tail: Double
    private let center: Double
    private let scale: Double
    private let mean: Double
    private let deviation: Double

    /// The transform for finite losses, with the variances of their noise where they are known.
    ///
    /// - Parameter hasShortTail: Whether the upper tail is shortened; otherwise the losses are only standardised, as by
    ///   scikit-learn's `normalize_y`.
    /// - Throws: ``OptimizerError/invalidTrial(reason:)`` for losses so large that their differences overflow.
    init(of outcomes: [(loss: Double, variance: Double?)], hasShortTail: Bool) throws(OptimizerError) {
        let ranked = outcomes.sorted { $0.loss < $1.loss }
        let sorted = ranked.map(\.loss)
        let count = sorted.count
        let (lowest, highest) = (sorted.first ?? 0, sorted.last ?? 0)
        guard (highest - lowest).magnitude < 1e150, max(abs(lowest), abs(highest)) < 1e150 else {
            throw .invalidTrial(reason: "the losses \(lowest) and \(highest) are too large")
        }
        // Differences of the size of rounding errors count as 0.
        let rounding = 10 * Double.ulpOfOne * max(abs(lowest), abs(highest))
        func meanSquare(_ losses: some Collection<Double>, from center: Double) -> Double {
            losses.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(losses.count)
        }
        var (center, scale, noise) = (0.0, 1.0, 0.0)
        if hasShortTail, count > 0 {
            let median = sorted[count / 2 - (count.isMultiple(of: 2) ? 1 : 0)]
            let upperMedian = sorted[count / 2]
            center = 0.5 * median + 0.5 * upperMedian
            let better = sorted.prefix((count + 1) / 2)
            scale = meanSquare(better, from: center).squareRoot()
            if !(scale > rounding) { scale = meanSquare(sorted, from: center).squareRoot() }
            if !(scale > rounding) { scale = 1 }
            // The median over the better half: trials that were stopped early have large variances, and are in the
            // worse half.
            let variances = ranked.prefix(better.count).compactMap(\.variance).sorted()
            noise = variances.isEmpty ? 0 : variances[variances.count / 2].squareRoot()
            scale = max(scale, noise)
        }
        tail = hasShortTail ? 3 : .infinity
        self.center = center
        self.scale = scale

        let warped = sorted.map { Self.warp(($0 - center) / scale, tail: hasShortTail ? 3 : .infinity) }
        let mean = warped.reduce(0, +) / Double(max(count, 1))
        let deviation = count == 0 ? 0 : meanSquare(warped, from: mean).squareRoot()
        self.mean = mean
        self.deviation = deviation > rounding / scale && deviation > 0 ? max(deviation, noise / scale) : 1
    }

    private static func warp(_ u: Double, tail: Double) -> Double {
        u > tail ? tail + log1p(u - tail) : u
    }

    /// The transformed loss.
    func apply(_ loss: Double) -> Double {
        (Self.warp((loss - center) / scale, tail: tail) - mean) / deviation
    }

    /// The derivative of ``apply(_:)``.
    func derivative(at loss: Double) -> Double {
        let u = (loss - center) / scale
        return (u > tail ? 1 / (1 + u - tail) : 1) / (scale * deviation)
    }

    /// The inverse of ``apply(_:)``.
    func invert(_ target: Double) -> Double {
        let warped = target * deviation + mean
        // The limit prevents an overflow far above all losses.
        let u = warped > tail ? tail + expm1(min(warped - tail, 300)) : warped
        return center + scale * u
    }
}
