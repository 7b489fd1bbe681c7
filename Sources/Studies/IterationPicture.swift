package import BayesianOptimization

/// What the optimiser saw when it proposed where to evaluate next, for a plot.
package struct IterationPicture: Sendable {
    /// The number of the evaluation that was proposed, from 2: the first one follows from no model.
    package let iteration: Int

    /// What was observed until then.
    package let observations: [Observation]

    /// Where the curves are given, in increasing order.
    ///
    /// An even grid over the search space and all observed points, with the proposed one, so that the curves go through them.
    package let xs: [Double]

    /// The surrogate's mean at each of `xs`.
    package let means: [Double]

    /// The surrogate's standard deviation at each of `xs`.
    package let standardDeviations: [Double]

    /// The acquisition function at each of `xs`.
    package let acquisitions: [Double]

    /// The point that was proposed.
    package let next: Double

    /// A picture from its parts.
    ///
    /// - Precondition: There are as many of each quantity as of `xs`.
    package init(
        iteration: Int, observations: [Observation], xs: [Double], means: [Double], standardDeviations: [Double],
        acquisitions: [Double], next: Double
    ) {
        precondition(
            [means.count, standardDeviations.count, acquisitions.count].allSatisfy { $0 == xs.count },
            "every quantity needs a value at each of the \(xs.count) points")
        self.iteration = iteration
        self.observations = observations
        self.xs = xs
        self.means = means
        self.standardDeviations = standardDeviations
        self.acquisitions = acquisitions
        self.next = next
    }

    /// Samples what a surrogate says.
    ///
    /// - Parameters:
    ///   - iteration: The number of the evaluation that was proposed, from 2.
    ///   - observations: What the surrogate was fitted to.
    ///   - surrogate: The surrogate.
    ///   - next: The point that was proposed.
    ///   - space: The search space.
    ///   - gridCount: How many points the even grid has.
    /// - Throws: `OptimizerError` if the surrogate can't be evaluated.
    package init(
        iteration: Int, observations: [Observation], surrogate: Surrogate, next: Double, space: SearchSpace,
        gridCount: Int = 401
    ) throws(OptimizerError) {
        let grid = (0..<gridCount).map { index in
            let part = Double(index) / Double(gridCount - 1)
            return space.lower * (1 - part) + space.upper * part
        }
        let xs = Set(grid + observations.map(\.x) + [next]).sorted()
        let predictions = try surrogate.predict(xs)
        self.init(
            iteration: iteration, observations: observations, xs: xs, means: predictions.map(\.mean),
            standardDeviations: predictions.map(\.standardDeviation), acquisitions: try surrogate.acquisition(xs),
            next: next)
    }
}
