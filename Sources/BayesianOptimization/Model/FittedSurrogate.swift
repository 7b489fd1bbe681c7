import GaussianProcess
import Glibc

/// A Gaussian process fitted to finished trials, in the units of an outcome transform.
struct FittedSurrogate: Sendable {
    /// A trial as the surrogate sees it.
    struct Datum {
        var features: [Double]

        /// The loss; none of a trial that failed.
        var loss: Double?

        /// The variance of the loss, where it is known.
        var variance: Double?
    }

    let transform: OutcomeTransform
    let posterior: ARDPosterior

    /// The posterior mean at every trial with a loss, in their order.
    let means: [Double]

    /// Whether the losses are believed to be exact.
    let isNoiseFree: Bool

    /// The loss to improve on: the lowest one if losses are exact, otherwise the lowest posterior mean at a trial.
    let incumbent: Double

    /// The variance of a failed trial's place in the model, in units of the transformed losses.
    ///
    /// A failed trial stands as high as the worst loss, but not for sure, so that it tells the search to stay away without
    /// telling the surrogate that there is a cliff.
    private static let failureVariance = 0.1

    /// Fits a surrogate.
    ///
    /// - Precondition: There is a trial with a loss.
    init(to data: [Datum], axes: [Int], settings: SurrogateSettings) throws(OptimizerError) {
        let outcomes = data.compactMap { datum in datum.loss.map { (loss: $0, variance: datum.variance) } }
        let transform = try OutcomeTransform(of: outcomes)
        let targets = outcomes.map { transform.apply($0.loss) }
        let worst = max(targets.max() ?? 0, 1)
        func observations(_ data: [Datum]) -> ARDObservations {
            var observations = ARDObservations(axes: axes)
            for datum in data {
                if let loss = datum.loss {
                    // Noise a thousand times the spread of the losses says no more than infinite noise.
                    let slope = transform.slope(at: loss)
                    let noise = datum.variance.map { min($0.squareRoot() * slope, 1e3) }
                    observations.append(
                        datum.features, target: transform.apply(loss), knownVariance: noise.map { $0 * $0 })
                } else {
                    observations.append(datum.features, target: worst, knownVariance: Self.failureVariance)
                }
            }
            return observations
        }

        let hyperparameters = Self.fit(observations(Self.subset(of: data, limit: settings.fitLimit)), settings)
        let posterior = try Self.condition(on: observations(data), hyperparameters, settings)
        let means = data.filter { $0.loss != nil }.map { posterior.mean(at: $0.features) }
        let isNoiseFree = data.allSatisfy { datum in
            datum.loss == nil || datum.variance.map { $0 == 0 } ?? (hyperparameters.noise < settings.noiselessVariance)
        }
        self.transform = transform
        self.posterior = posterior
        self.means = means
        self.isNoiseFree = isNoiseFree
        incumbent = (isNoiseFree ? targets : means).min() ?? 0
    }

    /// The trials that the hyperparameters are fitted to: all of few; of many the best ones and an even choice of the others.
    private static func subset(of data: [Datum], limit: Int) -> [Datum] {
        guard data.count > limit else { return data }
        let ranked = data.indices.sorted {
            (data[$0].loss ?? .infinity, $0) < (data[$1].loss ?? .infinity, $1)
        }
        let rest = ranked[(limit / 2)...]
        let chosen =
            ranked[..<(limit / 2)]
            + (0..<limit - limit / 2).map { rest[rest.startIndex + $0 * rest.count / (limit - limit / 2)] }
        return chosen.sorted().map { data[$0] }
    }

    /// The most probable hyperparameters, from two starting points: losses that are noisy, and losses that are exact.
    private static func fit(_ observations: ARDObservations, _ settings: SurrogateSettings) -> ARDHyperparameters {
        let axisCount = observations.points.axisCount
        let prior = settings.lengthScalePrior(axisCount)
        let likelihood = ARDLikelihood(
            of: observations,
            priors: .init(lengthScale: prior, variance: settings.variancePrior, noise: settings.noisePrior),
            meanVariance: settings.meanVariance)
        let maximizer = LocalMaximizer(
            bounds: Array(repeating: log(0.01)...log(100.0), count: axisCount)
                + [log(0.05)...log(20.0), log(1e-8)...log(2.0)],
            relativeTolerance: 1e-3, evaluationLimit: 40)
        // Fixed ones keep their values whatever the search proposes.
        func hyperparameters(_ point: [Double]) -> [Double] {
            var point = point
            for axis in 0..<axisCount { if let fixed = settings.fixedLengthScale { point[axis] = log(fixed) } }
            if let fixed = settings.fixedNoise { point[axisCount + 1] = log(max(fixed, 1e-12)) }
            return point
        }
        let noises = observations.hasUnknownNoise && settings.fixedNoise == nil ? [1e-2, 1e-6] : [1e-2]
        var best: (point: [Double], value: Double)?
        var workspace = ARDLikelihood.Workspace()
        for noise in noises {
            let start = Array(repeating: prior.location, count: axisCount) + [0, log(noise)]
            // A start from which the likelihood can't be computed is no start.
            let optimum = try? maximizer.maximize(from: start) { point in
                var (value, gradient) = likelihood.evaluate(hyperparameters(point), in: &workspace)
                if settings.fixedLengthScale != nil { for axis in 0..<axisCount { gradient[axis] = 0 } }
                if settings.fixedNoise != nil { gradient[axisCount + 1] = 0 }
                return (value, gradient)
            }
            guard let optimum else { continue }
            if best.map({ optimum.value > $0.value }) ?? true { best = (optimum.point, optimum.value) }
        }
        let point = best?.point ?? Array(repeating: prior.location, count: axisCount) + [0, log(1e-2)]
        var result = likelihood.hyperparameters(hyperparameters(point))
        // To the last bit.
        if let fixed = settings.fixedLengthScale { result.lengthScales = Array(repeating: fixed, count: axisCount) }
        if let fixed = settings.fixedNoise { result.noise = fixed }
        return result
    }

    /// The posterior, with as little jitter as its factor needs.
    private static func condition(
        on observations: ARDObservations, _ hyperparameters: ARDHyperparameters, _ settings: SurrogateSettings
    ) throws(OptimizerError) -> ARDPosterior {
        var failure: GaussianProcessError?
        for jitter in [1e-8, 1e-7, 1e-6, 1e-5, 1e-4] {
            do {
                return try ARDPosterior(
                    of: observations, hyperparameters: hyperparameters, meanVariance: settings.meanVariance,
                    jitter: jitter)
            } catch {
                failure = error
            }
        }
        throw .surrogateFailed(reason: failure?.description ?? "")
    }
}
