import Platform

/// Finds the hyperparameters of a process that maximise the likelihood, or the posterior density under priors.
///
/// Local searches by gradients begin at the best of the given starts, at random ones and, if ``screensGrid`` is set, at every
/// local maximum of a coarse grid. The best result is kept. A fixed hyperparameter keeps its value to the last bit.
package struct HyperparameterSearch: Sendable {
    /// The bounds, prior and starts of one hyperparameter.
    package struct Term: Sendable {
        /// The bounds of the search, above 0.
        package var bounds: ClosedRange<Double>

        /// The prior; `nil` for maximum likelihood.
        package var prior: LogNormalPrior?

        /// The logarithms that local searches may begin at; the first one is the value where nothing else is known.
        package var starts: [Double]

        /// The fixed value; `nil` for a hyperparameter that is searched.
        package var fixed: Double?

        /// Creates a term.
        package init(bounds: ClosedRange<Double>, prior: LogNormalPrior?, starts: [Double], fixed: Double? = nil) {
            self.bounds = bounds
            self.prior = prior
            self.starts = starts
            self.fixed = fixed
        }
    }

    /// The term of the length scale of every axis.
    package var lengthScale: Term

    /// The common prior of the length scales, besides that of each in their term.
    package var lengthScalePrior: LengthScalePrior?

    /// The term of the variance of the process.
    package var variance: Term

    /// The term of the variance of the noise; its starts after the first are used only if the noise of an observation
    /// is unknown.
    package var noise: Term

    /// The number of given starts that a local search begins at: the best ones among all combinations of a start of the length
    /// scales, which all axes share, one of the variance and one of the noise.
    package var localSearches = 1

    /// The number of random starts besides the given ones.
    package var restarts = 0

    /// Whether to begin at the local maxima of a grid too, which has 46 points an axis, if at most two hyperparameters
    /// are searched.
    ///
    /// A likelihood varies over distances of about 1 in the logarithm of a hyperparameter. Between 10⁻⁵ and 10⁵ the
    /// points of the grid are 0.5 apart, so it misses hardly any local maximum.
    package var screensGrid = false

    /// A penalty for the squared distance of the logarithms from the first start, in nats.
    ///
    /// Where the likelihood is flat, it decides instead of rounding errors. 10⁻¹⁰ costs at most 3 · 10⁻⁸ nats within
    /// 10⁻⁵ to 10⁵.
    package var tieBreak = 0.0

    /// A search ends when a step changes every logarithm by less than this fraction of the distance between its bounds.
    package var relativeTolerance = 1e-9

    /// The greatest number of evaluations of one local search.
    package var evaluationLimit = 200

    /// Creates a search over the hyperparameters that are not fixed.
    package init(lengthScale: Term, variance: Term, noise: Term) {
        self.lengthScale = lengthScale
        self.variance = variance
        self.noise = noise
    }

    /// The number of random numbers that a search draws.
    ///
    /// - Parameter axes: The number of length scales.
    package func drawCount(axes: Int) -> Int { restarts * terms(axes: axes).filter { $0.fixed == nil }.count }

    /// The best hyperparameters for some observations.
    ///
    /// - Parameters:
    ///   - observations: At least one.
    ///   - meanVariance: The prior variance of the constant mean.
    ///   - jitter: Added to the diagonal of the covariance, relative to the variance of the process.
    ///   - draw: Draws a uniform number between two bounds; called for one free hyperparameter after the other, with the
    ///     logarithms of its bounds, start after start.
    package func fit(
        to observations: Observations, meanVariance: Double, jitter: Double, draw: (ClosedRange<Double>) -> Double
    ) -> MaternHyperparameters {
        let terms = terms(axes: observations.axisCount)
        let free = terms.indices.filter { terms[$0].fixed == nil }
        let bounds = free.map { log(terms[$0].bounds.lowerBound)...log(terms[$0].bounds.upperBound) }
        let likelihood = MarginalLikelihood(
            of: observations, priors: terms.map(\.prior),
            lengthScalePrior: lengthScale.fixed == nil ? lengthScalePrior : nil, meanVariance: meanVariance,
            jitter: jitter)
        var fixed = terms.map { term in term.fixed.map { log($0) } ?? term.starts[0] }
        // Noise that is fixed at 0 has no logarithm, so the likelihood is evaluated at 10⁻¹².
        fixed[terms.count - 1] = max(fixed[terms.count - 1], log(1e-12))
        func all(_ point: [Double]) -> [Double] {
            zip(free, point).reduce(into: fixed) { $0[$1.0] = $1.1 }
        }

        let initial = free.map { terms[$0].starts[0] }
        var best: LocalMaximizer.Optimum?
        if !free.isEmpty {
            var workspace = MarginalLikelihood.Workspace()
            func evaluate(_ point: [Double], wantsGradient: Bool) -> (value: Double, gradient: [Double]) {
                let (value, gradient) = likelihood.evaluate(all(point), in: &workspace, wantsGradient: wantsGradient)
                let offsets = zip(point, initial).map { $0 - $1 }
                return (
                    value - tieBreak * offsets.reduce(0) { $0 + $1 * $1 },
                    wantsGradient ? zip(free, offsets).map { gradient[$0] - 2 * tieBreak * $1 } : []
                )
            }
            var starts = givenStarts(
                free, hasUnknownNoise: observations.knownVariances.contains { $0 == nil }, axes: observations.axisCount)
            if starts.count > localSearches {
                let values = starts.map { evaluate($0, wantsGradient: false).value }
                starts = starts.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(localSearches)
                    .map { starts[$0] }
            }
            for _ in 0..<restarts { starts.append(bounds.map(draw)) }
            if screensGrid, free.count <= 2 {
                let grid = Grid(bounds: bounds, pointsPerAxis: 46)
                starts += grid.localMaxima(of: grid.points.map { evaluate($0, wantsGradient: false).value })
            }
            let maximizer = LocalMaximizer(
                bounds: bounds, relativeTolerance: relativeTolerance, evaluationLimit: evaluationLimit)
            for start in starts {
                // A start where the likelihood can't be computed is skipped.
                guard let optimum = maximizer.maximize(from: start, { evaluate($0, wantsGradient: true) }) else {
                    continue
                }
                if best.map({ optimum.value > $0.value }) ?? true { best = optimum }
            }
        }
        var result = MaternHyperparameters(logarithms: all(best?.point ?? initial))
        // The exponential of the logarithm would differ in the last bit.
        if let fixed = lengthScale.fixed { result.lengthScales = result.lengthScales.map { _ in fixed } }
        if let fixed = variance.fixed { result.variance = fixed }
        if let fixed = noise.fixed { result.noise = fixed }
        return result
    }

    /// All combinations of given starts, for the free hyperparameters.
    private func givenStarts(_ free: [Int], hasUnknownNoise: Bool, axes: Int) -> [[Double]] {
        lengthScale.starts.flatMap { length in
            variance.starts.flatMap { variance in
                (hasUnknownNoise ? noise.starts[...] : noise.starts.prefix(1)).map { noise in
                    let all = Array(repeating: length, count: axes) + [variance, noise]
                    return free.map { all[$0] }
                }
            }
        }.reduce(into: []) { distinct, start in if !distinct.contains(start) { distinct.append(start) } }
    }

    private func terms(axes: Int) -> [Term] { Array(repeating: lengthScale, count: axes) + [variance, noise] }
}
