import Platform

/// Finds the hyperparameters of a process that make observations most likely, or most probable under priors.
///
/// Local searches by gradients climb from given starts, from random ones and, where asked for, from every local maximum of a
/// coarse grid. The best result is kept. A fixed hyperparameter keeps its value to the last bit.
package struct HyperparameterSearch: Sendable {
    /// What is known beforehand of one hyperparameter.
    package struct Term: Sendable {
        /// The interval that it is sought in, above 0.
        package var bounds: ClosedRange<Double>

        /// Its prior; none for maximum likelihood.
        package var prior: LogNormalPrior?

        /// The logarithms that searches begin at.
        package var starts: [Double]

        /// Its value, if it is not sought.
        package var fixed: Double?

        /// What is known of a hyperparameter.
        package init(bounds: ClosedRange<Double>, prior: LogNormalPrior?, starts: [Double], fixed: Double? = nil) {
            self.bounds = bounds
            self.prior = prior
            self.starts = starts
            self.fixed = fixed
        }
    }

    /// Of the length scale of every axis.
    package var lengthScale: Term

    /// Of the variance of the process.
    package var variance: Term

    /// Of the variance of the noise; its starts after the first are used only where there is unknown noise to be estimated.
    package var noise: Term

    /// How many random starts there are besides.
    package var restarts = 0

    /// Whether to begin at the local maxima of a grid of 46 points an axis too, if at most two hyperparameters are sought.
    ///
    /// A likelihood bends over distances of about 1 in the logarithm of a hyperparameter. Between 10⁻⁵ and 10⁵ the points are
    /// half that apart, so the grid misses hardly any local maximum.
    package var screensGrid = false

    /// A penalty for the squared distance of the logarithms from the first start, in nats.
    ///
    /// Where the observations say nothing, it decides in place of rounding. 10⁻¹⁰ costs at most 3 · 10⁻⁸ nats within 10⁻⁵ to 10⁵.
    package var tieBreak = 0.0

    /// A search ends when a step changes every logarithm by less than this part of the distance of its bounds.
    package var relativeTolerance = 1e-9

    /// A search ends after so many evaluations at the latest.
    package var evaluationLimit = 200

    /// A search over the hyperparameters that are not fixed.
    package init(lengthScale: Term, variance: Term, noise: Term) {
        self.lengthScale = lengthScale
        self.variance = variance
        self.noise = noise
    }

    /// How many random numbers a search draws.
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
            of: observations, priors: terms.map(\.prior), meanVariance: meanVariance, jitter: jitter)
        var fixed = terms.map { term in term.fixed.map { log($0) } ?? term.starts[0] }
        // The likelihood of noise that is fixed at 0 is taken at one that is next to nothing.
        fixed[terms.count - 1] = max(fixed[terms.count - 1], log(1e-12))
        func all(_ point: [Double]) -> [Double] {
            zip(free, point).reduce(into: fixed) { $0[$1.0] = $1.1 }
        }

        let initial = free.map { terms[$0].starts[0] }
        var best: (point: [Double], value: Double)?
        if !free.isEmpty {
            var starts = [initial]
            if noise.fixed == nil, observations.knownVariances.contains(where: { $0 == nil }) {
                for start in noise.starts.dropFirst() { starts.append(initial.dropLast() + [start]) }
            }
            for _ in 0..<restarts { starts.append(bounds.map(draw)) }

            var workspace = MarginalLikelihood.Workspace()
            func evaluate(_ point: [Double], wantsGradient: Bool) -> (value: Double, gradient: [Double]) {
                let (value, gradient) = likelihood.evaluate(all(point), in: &workspace, wantsGradient: wantsGradient)
                let offsets = zip(point, initial).map { $0 - $1 }
                return (
                    value - tieBreak * offsets.reduce(0) { $0 + $1 * $1 },
                    wantsGradient ? zip(free, offsets).map { gradient[$0] - 2 * tieBreak * $1 } : []
                )
            }
            if screensGrid, free.count <= 2 {
                let grid = Grid(bounds: bounds, pointsPerAxis: 46)
                starts += grid.localMaxima(of: grid.points.map { evaluate($0, wantsGradient: false).value })
            }
            let maximizer = LocalMaximizer(
                bounds: bounds, relativeTolerance: relativeTolerance, evaluationLimit: evaluationLimit)
            for start in starts {
                // A start from which the likelihood can't be computed is no start.
                guard let optimum = maximizer.maximize(from: start, { evaluate($0, wantsGradient: true) }) else {
                    continue
                }
                if best.map({ optimum.value > $0.value }) ?? true { best = (optimum.point, optimum.value) }
            }
        }
        var result = MaternHyperparameters(logarithms: all(best?.point ?? initial))
        // To the last bit.
        if let fixed = lengthScale.fixed { result.lengthScales = result.lengthScales.map { _ in fixed } }
        if let fixed = variance.fixed { result.variance = fixed }
        if let fixed = noise.fixed { result.noise = fixed }
        return result
    }

    private func terms(axes: Int) -> [Term] { Array(repeating: lengthScale, count: axes) + [variance, noise] }
}
