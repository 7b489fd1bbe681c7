import Platform

/// Finds the hyperparameters of a process that maximise the likelihood, or the posterior density under priors.
///
/// Local searches by gradients begin at the given starts, at random ones and, if ``screensGrid`` is set, at every
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

    /// The number of observations above which all starts are improved on so many of them first, evenly spread, and a local search
    /// on all observations begins only at the best ``coarseOptima`` of the results.
    ///
    /// The time of a search grows with the third power of the number of observations.
    package var coarseLimit = Int.max

    /// The number of different results on few observations that are improved on all of them.
    package var coarseOptima = 1

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
    package func drawCount(axes: Int) -> Int {
        let free = (lengthScale.fixed == nil ? axes : 0) + [variance, noise].count { $0.fixed == nil }
        return restarts * free
    }

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
        let density = density(of: observations, meanVariance: meanVariance, jitter: jitter)
        var starts = givenStarts(density, hasUnknownNoise: observations.knownVariances.contains { $0 == nil })
        if observations.count > coarseLimit {
            let few = self.density(
                of: observations.spread(limit: coarseLimit), meanVariance: meanVariance, jitter: jitter)
            starts = few.optima(from: starts, self).reduce(into: []) { distinct, optimum in
                guard distinct.count < coarseOptima else { return }
                // Searches that found the same maximum end a little apart.
                let isKnown = distinct.contains { zip($0, optimum.point).allSatisfy { abs($0 - $1) < 0.2 } }
                if !isKnown { distinct.append(optimum.point) }
            }
        }
        for _ in 0..<restarts { starts.append(density.bounds.map(draw)) }
        if screensGrid, density.free.count <= 2 {
            let grid = Grid(bounds: density.bounds, pointsPerAxis: 46)
            starts += grid.localMaxima(of: density.values(at: grid.points))
        }
        let best = density.optima(from: starts, self).first?.point ?? density.initial
        var result = MaternHyperparameters(logarithms: density.all(best))
        // The exponential of the logarithm would differ in the last bit.
        if let fixed = lengthScale.fixed { result.lengthScales = result.lengthScales.map { _ in fixed } }
        if let fixed = variance.fixed { result.variance = fixed }
        if let fixed = noise.fixed { result.noise = fixed }
        return result
    }

    /// The logarithm of the density that ``fit(to:meanVariance:jitter:draw:)`` maximises, in nats.
    ///
    /// - Parameters:
    ///   - hyperparameters: They have the fixed values of this search.
    ///   - observations: At least one.
    ///   - meanVariance: The prior variance of the constant mean.
    ///   - jitter: Added to the diagonal of the covariance, relative to the variance of the process.
    package func logDensity(
        of hyperparameters: MaternHyperparameters, given observations: Observations, meanVariance: Double,
        jitter: Double
    ) -> Double {
        let density = density(of: observations, meanVariance: meanVariance, jitter: jitter)
        let logarithms = hyperparameters.logarithms
        return density.values(at: [density.free.map { logarithms[$0] }])[0]
    }

    /// The density of the hyperparameters given some observations, over the logarithms of those that are free.
    private struct Density {
        let likelihood: MarginalLikelihood
        let tieBreak: Double

        /// The indices of the free hyperparameters.
        let free: [Int]

        /// The logarithms of all hyperparameters; those of the free ones are replaced.
        let fixed: [Double]

        /// The first start of each free hyperparameter.
        let initial: [Double]

        /// The bounds of the logarithms of each free hyperparameter.
        let bounds: [ClosedRange<Double>]

        /// The logarithms of all hyperparameters at a point.
        func all(_ point: [Double]) -> [Double] { zip(free, point).reduce(into: fixed) { $0[$1.0] = $1.1 } }

        private func evaluate(
            _ point: [Double], in workspace: inout MarginalLikelihood.Workspace, wantsGradient: Bool
        ) -> (value: Double, gradient: [Double]) {
            let (value, gradient) = likelihood.evaluate(all(point), in: &workspace, wantsGradient: wantsGradient)
            let offsets = zip(point, initial).map { $0 - $1 }
            return (
                value - tieBreak * offsets.reduce(0) { $0 + $1 * $1 },
                wantsGradient ? zip(free, offsets).map { gradient[$0] - 2 * tieBreak * $1 } : []
            )
        }

        func values(at points: [[Double]]) -> [Double] {
            var workspace = MarginalLikelihood.Workspace()
            return points.map { evaluate($0, in: &workspace, wantsGradient: false).value }
        }

        /// The local maxima near some starts, the highest first, equal ones in the order of the starts.
        ///
        /// A start where the likelihood can't be computed is left out.
        func optima(from starts: [[Double]], _ search: HyperparameterSearch) -> [LocalMaximizer.Optimum] {
            if free.isEmpty { return [] }
            let maximizer = LocalMaximizer(
                bounds: bounds, relativeTolerance: search.relativeTolerance, evaluationLimit: search.evaluationLimit)
            var workspace = MarginalLikelihood.Workspace()
            let optima = starts.compactMap { start in
                maximizer.maximize(from: start) { evaluate($0, in: &workspace, wantsGradient: true) }
            }
            return optima.indices.sorted { (-optima[$0].value, $0) < (-optima[$1].value, $1) }.map { optima[$0] }
        }
    }

    private func density(of observations: Observations, meanVariance: Double, jitter: Double) -> Density {
        let terms = Array(repeating: lengthScale, count: observations.axisCount) + [variance, noise]
        let free = terms.indices.filter { terms[$0].fixed == nil }
        var fixed = terms.map { term in term.fixed.map { log($0) } ?? term.starts[0] }
        // Noise that is fixed at 0 has no logarithm, so the likelihood is evaluated at 10⁻¹².
        fixed[terms.count - 1] = max(fixed[terms.count - 1], log(1e-12))
        return Density(
            likelihood: MarginalLikelihood(
                of: observations, priors: terms.map(\.prior),
                lengthScalePrior: lengthScale.fixed == nil ? lengthScalePrior : nil, meanVariance: meanVariance,
                jitter: jitter),
            tieBreak: tieBreak, free: free, fixed: fixed, initial: free.map { terms[$0].starts[0] },
            bounds: free.map { log(terms[$0].bounds.lowerBound)...log(terms[$0].bounds.upperBound) })
    }

    /// All combinations of a start of the length scales, which all axes share, one of the variance and one of the noise, for the
    /// free hyperparameters.
    private func givenStarts(_ density: Density, hasUnknownNoise: Bool) -> [[Double]] {
        let axes = density.fixed.count - 2
        return lengthScale.starts.flatMap { length in
            variance.starts.flatMap { variance in
                (hasUnknownNoise ? noise.starts[...] : noise.starts.prefix(1)).map { noise in
                    let all = Array(repeating: length, count: axes) + [variance, noise]
                    return density.free.map { all[$0] }
                }
            }
        }.reduce(into: []) { distinct, start in if !distinct.contains(start) { distinct.append(start) } }
    }
}
