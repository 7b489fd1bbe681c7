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

    /// The number of observations, from the first one, that are losses of trials; failures come after them.
    let lossCount: Int

    /// The check against left-out losses; `nil` where predictions are those of the process itself.
    let leftOut: LeftOutLosses?

    /// The probability of success; `nil` where no trial failed.
    let success: SuccessModel?

    /// The indices of the trials whose loss is an ordinary one (``LossFit``), in their order.
    let good: [Int]

    /// Whether the losses are taken as exact.
    let isNoiseFree: Bool

    /// The evidence for the noise of the losses.
    let noiseSupport: NoiseSupport

    /// The transformed loss to improve on: the lowest one if losses are exact, otherwise the lowest posterior mean at a
    /// trial.
    let incumbent: Double

    /// The coordinates of the four trials with the lowest posterior means.
    let centers: [[Double]]

    /// Fits a surrogate.
    ///
    /// - Precondition: There is a complete trial.
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    init(to ledger: TrialLedger, _ configuration: Configuration, stream: RandomState) throws(OptimizerError) {
        let settings = configuration.surrogate.settings
        let transform = OutcomeTransform(
            of: ledger.trials.compactMap(\.outcome), hasShortTail: settings.hasShortTail)
        var draws = stream
        func draw(_ range: ClosedRange<Double>) -> Double { draws.uniform(range.lowerBound, range.upperBound) }
        let search = settings.hyperparameterSearch(axes: ledger.map.space.axes.count, configuration)
        drawCount = search.drawCount(axes: ledger.map.space.axes.count)
        let fit = LossFit(to: ledger, transform, search, settings, draw: draw)
        let (good, data, hyperparameters) = (fit.good, fit.data, fit.hyperparameters)
        func conditioned(_ observations: Observations) throws(OptimizerError) -> MaternPosterior {
            try Self.condition(on: observations, hyperparameters, settings)
        }
        let failures = settings.modelsSuccess ? Self.failures(of: ledger, good: good) : []
        success = try Self.success(of: ledger, good: good, failures, settings)
        var members = try data.members(hyperparameters, conditioned: conditioned)
        lossCount = members.count
        if let success {
            data.appendFailures(failures, success: success, to: &members)
        }
        let posterior = try conditioned(members)
        leftOut = settings.correctsVariance ? LeftOutLosses(of: posterior, count: lossCount) : nil
        let means = good.map { posterior.mean(at: ledger.features[$0]) }
        isNoiseFree = good.allSatisfy { index in
            settings.usesKnownVariances
                && ledger.trials[index].outcome?.variance.map { $0 == 0 }
                    ?? (hyperparameters.noise < settings.noiselessVariance)
        }
        let ranked = means.indices.sorted { (means[$0], $0) < (means[$1], $1) }
        centers = ranked.prefix(4).map { ledger.coordinates[good[$0]] }
        let targets = good.map { transform.apply(ledger.trials[$0].loss ?? 0) }
        incumbent = (isNoiseFree ? targets : means).min() ?? 0
        noiseSupport = NoiseSupport(of: fit.sample, noise: hyperparameters.noise)
        self.configuration = configuration
        self.settings = settings
        self.ledger = ledger
        self.stream = stream
        self.transform = transform
        self.posterior = posterior
        self.good = good
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

    /// The failed and the bad trials.
    ///
    /// A success outweighs a failure at the same place, which was one by chance.
    private static func failures(of ledger: TrialLedger, good: [Int]) -> [Int] {
        let successes = Set(good.map { ledger.coordinates[$0] })
        let isGood = Set(good)
        return ledger.trials.indices.filter { !isGood.contains($0) && !successes.contains(ledger.coordinates[$0]) }
    }

    /// The model of success; `nil` without failures.
    private static func success(
        of ledger: TrialLedger, good: [Int], _ failures: [Int], _ settings: SurrogateSettings
    ) throws(OptimizerError) -> SuccessModel? {
        guard !failures.isEmpty else { return nil }
        do throws(GaussianProcessError) {
            return try SuccessModel(
                successes: good.map { ledger.features[$0] }, failures: failures.map { ledger.features[$0] },
                axes: ledger.map.axes, settings: settings)
        } catch {
            throw .surrogateFailed(reason: error.description)
        }
    }

    /// Mean and standard deviation at some features, in units of the loss.
    ///
    /// The mean is the loss at the mean of the transformed loss, and the deviation is that of the tangent. Both are
    /// exact where the outcome transform is linear.
    ///
    /// The variance is that of the process, corrected by left-out losses. Where nothing supports that the estimated noise is
    /// noise (``NoiseSupport``), it may be roughness of the objective, and is added.
    func predict(at features: [[Double]]) -> [(mean: Double, standardDeviation: Double)] {
        zip(features, posterior.predict(at: features)).map { place, prediction in
            let mean = transform.invert(prediction.mean)
            var variance = prediction.standardDeviation * prediction.standardDeviation
            if let leftOut {
                variance *= leftOut.varianceFactor(at: place, posterior)
                if !noiseSupport.isSupported { variance += posterior.hyperparameters.noise }
            }
            return (mean, transform.inverseDeviation(variance.squareRoot(), at: mean))
        }
    }

    /// The acquisition function of the configuration, with fantasies at the pending trials.
    func objective(pending: some Sequence<[Double]> = []) -> AcquisitionObjective {
        let (posterior, incumbent) = fantasies(at: pending)
        return AcquisitionObjective(
            map: ledger.map, posterior: posterior, function: function(incumbent: incumbent), success: success)
    }

    /// The acquisition function of the configuration for an incumbent.
    private func function(incumbent: Double) -> AcquisitionFunction {
        switch configuration.acquisition {
        case .logExpectedImprovement: .logExpectedImprovement(incumbent: incumbent)
        case .expectedImprovement:
            .expectedImprovement(
                incumbent: incumbent, unit: transform.inverseDeviation(1, at: transform.invert(incumbent)))
        case .lowerConfidenceBound: .lowerConfidenceBound(beta: settings.confidence)
        case .probabilityOfImprovement: .logProbabilityOfImprovement(incumbent: incumbent)
        }
    }
}
