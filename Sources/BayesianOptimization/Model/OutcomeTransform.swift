import Platform

/// Losses as the surrogate sees them: mean 0, spread 1, and a short upper tail.
///
/// With m the median and s the root mean square distance from m of the losses below it, a loss is u = (loss − m)/s, and
/// 3 + log(1 + (u − 3)) instead where u is above 3. Hopeless losses keep their order, but they do not decide the scale on which
/// the good ones are told apart. The result is standardised.
///
/// Losses that lie closer together than their noise don't say how much the objective varies: neither s nor the spread that the
/// result is divided by is less than the noise, as far as that is known. Otherwise such losses would seem all noise next to
/// each other, and hopeless ones, on so small a scale hardly worse, would be all that the surrogate believes.
struct OutcomeTransform: Sendable, Equatable {
    /// Where the upper tail begins, in units of the spread of the better half.
    private let tail: Double
    private let center: Double
    private let scale: Double
    private let mean: Double
    private let deviation: Double

    /// The transform for some finite losses, and the variances of their noise where they are known.
    ///
    /// - Parameter hasShortTail: Otherwise the losses are only standardised, as scikit-learn's `normalize_y` does.
    /// - Throws: ``OptimizerError/invalidTrial(reason:)`` for losses so large that their differences overflow.
    init(of outcomes: [(loss: Double, variance: Double?)], hasShortTail: Bool) throws(OptimizerError) {
        let ranked = outcomes.sorted { $0.loss < $1.loss }
        let sorted = ranked.map(\.loss)
        let count = sorted.count
        let (lowest, highest) = (sorted.first ?? 0, sorted.last ?? 0)
        guard (highest - lowest).magnitude < 1e150, max(abs(lowest), abs(highest)) < 1e150 else {
            throw .invalidTrial(reason: "the losses \(lowest) and \(highest) are too large")
        }
        // Differences that can only be rounding count as none.
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
            // The median; what was stopped early is known badly, and stands in the worse half.
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

    /// What the surrogate sees of a loss.
    func apply(_ loss: Double) -> Double {
        (Self.warp((loss - center) / scale, tail: tail) - mean) / deviation
    }

    /// The derivative of ``apply(_:)``.
    func derivative(at loss: Double) -> Double {
        let u = (loss - center) / scale
        return (u > tail ? 1 / (1 + u - tail) : 1) / (scale * deviation)
    }

    /// The loss that the surrogate sees as a number: the inverse of ``apply(_:)``.
    func invert(_ target: Double) -> Double {
        let warped = target * deviation + mean
        // Far above all losses, what is predicted is not worth an overflow.
        let u = warped > tail ? tail + expm1(min(warped - tail, 300)) : warped
        return center + scale * u
    }
}
