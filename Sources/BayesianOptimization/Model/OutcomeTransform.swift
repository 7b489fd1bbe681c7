import Platform

/// The transform of losses for the surrogate, to mean 0, standard deviation 1 and a short upper tail.
///
/// Bad losses (``GoodLosses``) take no part. With m the median of the good ones and s the root mean square distance from m of
/// those below it, a loss is u = (loss − m)/s, and 3 + log(1 + (u − 3)) instead where u is above 3. So high losses keep their
/// order, but do not decide the scale of the low ones. The result is standardised.
///
/// Differences between losses that are smaller than their noise do not show how much the objective varies. So neither s
/// nor the standard deviation that the result is divided by is less than the known noise. Otherwise the surrogate would
/// explain such losses as noise alone and fit only the very high ones.
///
/// All losses are multiplied by a power of 2 before, which rounds nothing. So losses of any size have the same answers, and
/// no square underflows or overflows.
struct OutcomeTransform: Sendable, Equatable {
    /// The highest good loss.
    let highestGood: Double

    /// The loss that higher ones count as.
    let ceiling: Double

    /// The beginning of the upper tail, in units of the spread of the better half.
    private let tail: Double

    /// The exponent of the power of 2 that losses are divided by.
    private let exponent: Int

    private let center: Double
    private let scale: Double
    private let mean: Double
    private let deviation: Double

    /// The transform for finite losses, with the variances of their noise where they are known.
    ///
    /// - Parameter hasShortTail: Whether the upper tail is shortened and bad losses are left out; otherwise losses are only
    ///   standardised, as by scikit-learn's `normalize_y`.
    init(of outcomes: [(loss: Double, variance: Double?)], hasShortTail: Bool) {
        let all = outcomes.sorted { $0.loss < $1.loss }
        let good = hasShortTail ? GoodLosses(among: all) : nil
        let ranked = all.prefix(good?.count ?? all.count)
        ceiling = good?.ceiling ?? .infinity
        highestGood = ranked.last?.loss ?? 0
        let magnitude = max(abs(ranked.first?.loss ?? 0), abs(highestGood))
        let exponent = magnitude > 0 ? Int(magnitude.exponent) + 1 : 0
        self.exponent = exponent
        let sorted = ranked.map { Self.scaled($0.loss, by: -exponent) }
        let count = sorted.count
        // Differences of the size of rounding errors count as 0.
        let rounding = 10 * Double.ulpOfOne * max(abs(sorted.first ?? 0), abs(sorted.last ?? 0))
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
            noise = Self.scaled(ranked.prefix(better.count).medianNoise, by: -exponent)
            scale = max(scale, noise)
        }
        let tail = hasShortTail ? 3 : Double.infinity
        self.tail = tail
        self.center = center
        self.scale = scale

        let warped = sorted.map { Self.warp(($0 - center) / scale, tail: tail) }
        let mean = warped.reduce(0, +) / Double(max(count, 1))
        let deviation = count == 0 ? 0 : meanSquare(warped, from: mean).squareRoot()
        self.mean = mean
        // Equal losses have a deviation of 1, in units of the loss if they are only standardised.
        let unit = hasShortTail ? 1 : min(Self.scaled(1, by: -exponent), .greatestFiniteMagnitude)
        self.deviation = deviation > rounding / scale && deviation > 0 ? max(deviation, noise / scale) : unit
    }

    private static func warp(_ u: Double, tail: Double) -> Double {
        u > tail ? tail + log1p(u - tail) : u
    }

    /// A number times a power of 2, in two steps because the power itself may be out of range.
    private static func scaled(_ number: Double, by exponent: Int) -> Double {
        scalbn(scalbn(number, exponent / 2), exponent - exponent / 2)
    }

    private func standardised(_ loss: Double) -> Double { (Self.scaled(loss, by: -exponent) - center) / scale }

    /// The transformed loss.
    func apply(_ loss: Double) -> Double {
        (Self.warp(standardised(min(loss, ceiling)), tail: tail) - mean) / deviation
    }

    /// The inverse of ``apply(_:)``.
    func invert(_ target: Double) -> Double {
        let warped = target * deviation + mean
        // The limit prevents an overflow far above all losses.
        let u = warped > tail ? tail + expm1(min(warped - tail, 300)) : warped
        let loss = Self.scaled(center + scale * u, by: exponent)
        return min(max(loss, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }

    /// The transformed standard deviation of a small deviation from a loss.
    func deviation(_ deviation: Double, at loss: Double) -> Double {
        Self.scaled(deviation, by: -exponent) / inverseDerivative(at: loss)
    }

    /// The inverse of ``deviation(_:at:)``.
    func inverseDeviation(_ deviation: Double, at loss: Double) -> Double {
        min(Self.scaled(deviation * inverseDerivative(at: loss), by: exponent), .greatestFiniteMagnitude)
    }

    /// The derivative of a scaled loss by the transformed loss.
    private func inverseDerivative(at loss: Double) -> Double {
        let u = standardised(loss)
        return (u > tail ? 1 + u - tail : 1) * scale * deviation
    }
}
