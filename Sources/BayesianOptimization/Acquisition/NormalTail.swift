import Platform

/// Logarithms of functions of the standard normal's density φ and distribution Φ, with their derivatives.
///
/// They neither underflow nor cancel, however far a standardised distance z lies in the lower tail.
///
/// For z = −t in the lower tail, with the Mills ratio Φ(−t)/φ(t) = m: the continued fraction 1/m = t + 1/(t + 2/(t +
/// 3/(t + ...))) (Abramowitz & Stegun 26.2.14) has only positive terms, and so has 1 − t m = m c with c = 1/(t + 2/(t +
/// 3/...)).
enum NormalTail {
    /// The continued fraction is used below it; above it, cancellation costs few digits.
    private static let threshold = -3.0

    /// The depth of the continued fraction, exact to the last bit at the threshold.
    private static let depth = 80

    private static let logRootTwoPi = 0.5 * log(2 * Double.pi)

    /// log h(z) with h = φ(z) + z Φ(z), and Φ/h and φ/h at z.
    ///
    /// σ h((f* − μ)/σ) is the expected improvement over f*. S. Ament et al., "Unexpected improvements to expected
    /// improvement for Bayesian optimization", arXiv 2310.20708, compute it with the scaled complementary error function,
    /// which loses digits to cancellation; the continued fraction loses none.
    static func logImprovement(_ z: Double) -> (value: Double, distributionRatio: Double, densityRatio: Double) {
        if z < threshold {
            let (mills, rest) = continuedFraction(-z)
            let remainder = mills * rest
            return (-0.5 * z * z - logRootTwoPi + log(mills) + log(rest), 1 / rest, 1 / remainder)
        }
        let density = exp(-0.5 * z * z - logRootTwoPi)
        let distribution = 0.5 * erfc(-z * 0.5.squareRoot())
        let improvement = density + z * distribution
        return (log(improvement), distribution / improvement, density / improvement)
    }

    /// log Φ(z), and its derivative φ/Φ.
    static func logProbability(_ z: Double) -> (value: Double, derivative: Double) {
        if z < threshold {
            let mills = continuedFraction(-z).mills
            return (-0.5 * z * z - logRootTwoPi + log(mills), 1 / mills)
        }
        let distribution = 0.5 * erfc(-z * 0.5.squareRoot())
        // Near Φ = 1, log1p of minus the complement is accurate.
        let value = z > 1 ? log1p(-0.5 * erfc(z * 0.5.squareRoot())) : log(distribution)
        return (value, exp(-0.5 * z * z - logRootTwoPi) / distribution)
    }

    /// m and c for t > 0.
    private static func continuedFraction(_ t: Double) -> (mills: Double, rest: Double) {
        // Beyond this, one term is exact.
        if t > 1e9 { return (1 / t, 1 / t) }
        var tail = t
        for k in stride(from: depth, through: 2, by: -1) { tail = t + Double(k) / tail }
        return (1 / (t + 1 / tail), 1 / tail)
    }
}
