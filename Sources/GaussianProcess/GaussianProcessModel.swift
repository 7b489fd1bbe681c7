import Glibc

/// What is assumed of a function before it is observed, and how its hyperparameters are found once it is.
package struct GaussianProcessModel<Covariance: Kernel>: Sendable {
    /// The covariance function, with the hyperparameters that a fit begins at.
    package let kernel: Covariance

    /// The variance of the white noise that a fit begins at, in units of the standardised observations.
    package let noiseLevel: Double

    /// For each hyperparameter of the kernel the bounds it is sought in; without bounds it stays as it is.
    package let kernelBounds: [ClosedRange<Double>?]

    /// The bounds in which the variance of the white noise is sought; without bounds it stays as it is.
    package let noiseBounds: ClosedRange<Double>?

    /// A model from its kernel, its noise and the bounds of what is to be fitted.
    ///
    /// - Parameters:
    ///   - kernel: The covariance function; its hyperparameters are where a fit begins.
    ///   - kernelBounds: For each hyperparameter of the kernel, in their order: bounds to seek it in, or none to keep it.
    ///   - noiseLevel: Where a fit of the white noise begins. It may be 0 if it is kept.
    ///   - noiseBounds: Bounds to seek the white noise in, or none to keep it.
    /// - Throws: ``GaussianProcessError/invalidHyperparameters(_:)`` for numbers that are not positive and finite, and for
    ///   values outside their bounds.
    package init(
        kernel: Covariance, kernelBounds: [ClosedRange<Double>?], noiseLevel: Double, noiseBounds: ClosedRange<Double>?
    ) throws(GaussianProcessError) {
        let hyperparameters = kernel.logHyperparameters
        if hyperparameters.count != kernelBounds.count {
            throw .invalidHyperparameters("\(hyperparameters.count) of the kernel and \(kernelBounds.count) bounds")
        }
        for (hyperparameter, bounds) in zip(hyperparameters, kernelBounds) {
            try Self.check(hyperparameter, "a hyperparameter of the kernel", bounds)
        }
        if noiseBounds != nil || noiseLevel != 0 {
            try Self.check(log(noiseLevel), "the noise level", noiseBounds)
        }
        self.kernel = kernel
        self.kernelBounds = kernelBounds
        self.noiseLevel = noiseLevel
        self.noiseBounds = noiseBounds
    }

    private static func check(
        _ logarithm: Double, _ name: String, _ bounds: ClosedRange<Double>?
    ) throws(GaussianProcessError) {
        if !logarithm.isFinite {
            throw .invalidHyperparameters("\(name) is \(exp(logarithm)), which is not a positive finite number")
        }
        guard let bounds else { return }
        if !(bounds.lowerBound > 0 && bounds.lowerBound < bounds.upperBound && bounds.upperBound.isFinite) {
            throw .invalidHyperparameters("\(name) has the bounds \(bounds), which are not positive, finite and apart")
        }
        if !(log(bounds.lowerBound)...log(bounds.upperBound)).contains(logarithm) {
            throw .invalidHyperparameters("\(name) is \(exp(logarithm)), outside its bounds \(bounds)")
        }
    }

    /// Conditions the process on observations at the hyperparameters of greatest marginal likelihood.
    ///
    /// Climbs from the initial hyperparameters, from `restarts` random ones, and from every local maximum of a coarse grid,
    /// and keeps the best. The likelihood can be flat: the length scale does not matter to a single observation, nor
    /// does a short one that makes all observations independent. Of equally likely hyperparameters those nearest to the
    /// initial ones are kept (see ``HyperparameterObjective/tieBreak``).
    ///
    /// - Parameters:
    ///   - trainingSet: The observations.
    ///   - restarts: How many random starting points to climb from.
    ///   - draw: Draws a uniform random number between two bounds; called for one hyperparameter after the other, the
    ///     white noise last, with the logarithms of their bounds.
    package func fit(
        to trainingSet: TrainingSet, restarts: Int, draw: (ClosedRange<Double>) -> Double
    ) throws -> Posterior<Covariance> {
        let objective = HyperparameterObjective(model: self, trainingSet: trainingSet)
        guard !objective.bounds.isEmpty else {
            return try Posterior(of: trainingSet, kernel: kernel, noiseLevel: noiseLevel)
        }

        let drawn = (0..<restarts).map { _ in objective.bounds.map(draw) }
        let starts = try [objective.initial] + drawn + screen(objective)
        let maximizer = LocalMaximizer(bounds: objective.bounds)
        let optima = try starts.map { try maximizer.maximize(from: $0, objective.evaluateWithGradient) }
        guard let best = optima.max(by: { $0.value < $1.value }) else { preconditionFailure("there is always a start") }
        let (kernel, noiseLevel) = objective.hyperparameters(at: best.point)
        return try Posterior(of: trainingSet, kernel: kernel, noiseLevel: noiseLevel)
    }

    /// The local maxima of the objective on a coarse grid over one or two hyperparameters; nothing for more.
    ///
    /// A likelihood bends over distances of about one in the logarithm of a hyperparameter, so the grid misses hardly any
    /// summit. Over more hyperparameters a grid would be too large.
    private func screen(_ objective: HyperparameterObjective<Covariance>) throws -> [[Double]] {
        guard objective.bounds.count <= 2 else { return [] }
        let grid = Grid(bounds: objective.bounds, pointsPerAxis: 46)
        let values = try grid.points.map { try objective.evaluate($0) }
        return grid.localMaxima(of: values)
    }
}
