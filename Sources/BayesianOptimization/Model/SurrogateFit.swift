import GaussianProcess
import NumPyRandom

/// A Gaussian process fitted to the finished trials, in the units of an outcome transform.
///
/// Extensions add what depends on finished trials only: ``recommendation()`` and ``stopReason()``.
struct SurrogateFit: Sendable {
    let configuration: Configuration
    let settings: SurrogateSettings

    /// The finished trials.
    let ledger: TrialLedger

    /// The stream of `RandomState([seed, 2, n])`, where n is the number of finished trials.
    let stream: RandomState

    /// The number of random numbers that the fit draws from a stream.
    let drawCount: Int

    let transform: OutcomeTransform
    let posterior: MaternPosterior

    /// Whether the losses are taken as exact.
    let isNoiseFree: Bool

    /// The transformed loss to improve on: the lowest one if losses are exact, otherwise the lowest posterior mean at a
    /// trial.
    let incumbent: Double

    /// The coordinates of the four trials with the lowest posterior means.
    let centers: [[Double]]

    /// The variance of the loss that represents a failed trial, in squared units of the transformed losses.
    ///
    /// A failed trial is an observation of the worst loss with this noise. The search then avoids its neighbourhood,
    /// and the fit does not have to explain a sharp step.
    private static let failureVariance = 0.1

    /// Fits a surrogate.
    ///
    /// - Precondition: There is a complete trial.
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``, and ``OptimizerError/invalidTrial(reason:)`` for losses
    ///   whose differences overflow.
    init(to ledger: TrialLedger, _ configuration: Configuration, stream: RandomState) throws(OptimizerError) {
        let settings = configuration.surrogate.settings
        let complete = ledger.complete
        let transform = try OutcomeTransform(
            of: complete.compactMap { ledger.trials[$0].outcome }, hasShortTail: settings.hasShortTail)
        let targets = complete.map { transform.apply(ledger.trials[$0].loss ?? 0) }
        let worst = max(targets.max() ?? 0, 1)
        func observations(_ indices: some Sequence<Int>) -> Observations {
            var observations = Observations(axes: ledger.map.axes)
            for index in indices {
                let features = ledger.features[index]
                if let (loss, variance) = ledger.trials[index].outcome {
                    // Noise beyond a thousand times the spread of the losses has the effect of infinite noise.
                    let derivative = transform.derivative(at: loss)
                    let noise =
                        settings.usesKnownVariances
                        ? variance.map { min($0.squareRoot() * derivative, 1e3) } : nil
                    observations.append(features, target: transform.apply(loss), knownVariance: noise.map { $0 * $0 })
                } else {
                    observations.append(features, target: worst, knownVariance: Self.failureVariance)
                }
            }
            return observations
        }

        var draws = stream
        let axes = ledger.map.space.axes.count
        let search = settings.hyperparameterSearch(axes: axes, configuration)
        drawCount = search.drawCount(axes: axes)
        let hyperparameters = search.fit(
            to: observations(Self.subset(of: ledger, limit: settings.fitLimit)), meanVariance: settings.meanVariance,
            jitter: settings.jitters[0]
        ) { draws.uniform($0.lowerBound, $0.upperBound) }
        let posterior = try Self.condition(on: observations(ledger.trials.indices), hyperparameters, settings)
        let means = complete.map { posterior.mean(at: ledger.features[$0]) }
        isNoiseFree = complete.allSatisfy { index in
            settings.usesKnownVariances
                && ledger.trials[index].outcome?.variance.map { $0 == 0 }
                    ?? (hyperparameters.noise < settings.noiselessVariance)
        }
        let ranked = means.indices.sorted { (means[$0], $0) < (means[$1], $1) }
        centers = ranked.prefix(4).map { ledger.coordinates[complete[$0]] }
        incumbent = (isNoiseFree ? targets : means).min() ?? 0
        self.configuration = configuration
        self.settings = settings
        self.ledger = ledger
        self.stream = stream
        self.transform = transform
        self.posterior = posterior
    }

    /// The indices of the trials that the hyperparameters are fitted to.
    ///
    /// These are all trials up to the limit. Beyond it, half are the best trials and half are spread evenly over the
    /// ranks of the others.
    private static func subset(of ledger: TrialLedger, limit: Int) -> [Int] {
        let all = ledger.trials.indices
        guard all.count > limit else { return Array(all) }
        let losses = ledger.trials.map { $0.loss ?? .infinity }
        let ranked = all.sorted { (losses[$0], $0) < (losses[$1], $1) }
        let rest = ranked[(limit / 2)...]
        let chosen =
            ranked[..<(limit / 2)]
            + (0..<limit - limit / 2).map { rest[rest.startIndex + $0 * rest.count / (limit - limit / 2)] }
        return chosen.sorted()
    }

    /// The posterior with the least jitter that its factor exists with.
    private static func condition(
        on observations: Observations, _ hyperparameters: MaternHyperparameters, _ settings: SurrogateSettings
    ) throws(OptimizerError) -> MaternPosterior {
        var failure: GaussianProcessError?
        for jitter in settings.jitters {
            do {
                return try MaternPosterior(
                    of: observations, hyperparameters: hyperparameters, meanVariance: settings.meanVariance,
                    jitter: jitter, predictsNoise: settings.predictsNoise)
            } catch {
                failure = error
            }
        }
        throw .surrogateFailed(reason: failure?.description ?? "")
    }

    /// Mean and standard deviation at some features, in units of the loss.
    ///
    /// The mean is the loss at the mean of the transformed loss, and the deviation is that of the tangent. Both are
    /// exact where the outcome transform is linear.
    func predict(at features: [[Double]]) -> [(mean: Double, standardDeviation: Double)] {
        posterior.predict(at: features).map { prediction in
            let mean = transform.invert(prediction.mean)
            return (mean, prediction.standardDeviation / transform.derivative(at: mean))
        }
    }

    /// The acquisition function of the configuration for an incumbent.
    func function(incumbent: Double) -> AcquisitionFunction {
        switch configuration.acquisition {
        case .logExpectedImprovement: .logExpectedImprovement(incumbent: incumbent)
        case .expectedImprovement:
            .expectedImprovement(
                incumbent: incumbent, unit: 1 / transform.derivative(at: transform.invert(incumbent)))
        case .lowerConfidenceBound: .lowerConfidenceBound(beta: settings.confidence)
        case .probabilityOfImprovement: .logProbabilityOfImprovement(incumbent: incumbent)
        }
    }
}
