import GaussianProcess
import Platform

/// The losses of trials as the observations of a surrogate, and the choice of those that it has where there are many.
///
/// No choice depends on the losses themselves: the lowest of many noisy losses are the luckiest, and a model of them would
/// take noise for signal.
struct SurrogateData {
    private let ledger: TrialLedger
    private let transform: OutcomeTransform
    private let settings: SurrogateSettings

    /// The indices of the trials that are observations.
    private let indices: [Int]

    /// The transformed loss of a failed trial.
    private let worst: Double

    /// The variance of that loss, in squared units of the transformed losses.
    private static let failureVariance = 0.1

    /// The data of some trials.
    ///
    /// - Parameter good: The indices of the trials whose losses are not bad.
    init(_ ledger: TrialLedger, good: [Int], _ transform: OutcomeTransform, _ settings: SurrogateSettings) {
        self.ledger = ledger
        self.transform = transform
        self.settings = settings
        indices = settings.modelsSuccess ? good : Array(ledger.trials.indices)
        worst = max(transform.apply(transform.highestGood), 1)
    }

    /// The observations that hyperparameters are fitted to: up to a number of trials, evenly spread over their order.
    var sample: Observations { observations(indices.evenlySpread(limit: settings.fitLimit)) }

    /// The observations that the surrogate is conditioned on.
    ///
    /// With more trials than a limit, they are those that are nearest to the best place, and as many that are evenly spread over
    /// the order of the trials: a local approximation (R. B. Gramacy, D. W. Apley, "Local Gaussian process approximation for
    /// large computer experiments", arXiv 1303.0383), which is exact where the next point and the answer are. The best place is
    /// the trial with the lowest mean of a process conditioned on spread trials alone.
    func members(
        _ hyperparameters: MaternHyperparameters, conditioned: (Observations) throws(OptimizerError) -> MaternPosterior
    ) throws(OptimizerError) -> Observations {
        guard indices.count > settings.exactLimit else { return observations(indices) }
        let half = settings.exactLimit / 2
        let coarse = try conditioned(observations(indices.evenlySpread(limit: half)))
        let means = indices.map { coarse.mean(at: ledger.features[$0]) }
        let center = ledger.features[indices[means.indices.min { means[$0] < means[$1] } ?? 0]]
        let scales = ledger.map.axes.map { hyperparameters.lengthScales[$0] }
        let distances = indices.map { index in
            var sum = 0.0
            for (feature, scale) in scales.enumerated() {
                let difference = (ledger.features[index][feature] - center[feature]) / scale
                sum += difference * difference
            }
            return sum
        }
        let byDistance = indices.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        let near = byDistance.prefix(settings.exactLimit - half)
        let others = byDistance.dropFirst(near.count).sorted().evenlySpread(limit: half)
        return observations((near + others).sorted().map { indices[$0] })
    }

    /// Appends bad and failed trials: each is an observation that is as high as the worst good loss.
    ///
    /// The probability p of success tells a region of failures from chance. In a region the observation keeps the search away,
    /// also where no trial is near; by chance, it must not count. So its variance is 0.1/(1 − p)⁶. Hyperparameters are fitted
    /// without these observations. Of many, there is an even choice.
    func appendFailures(_ failures: [Int], success: SuccessModel, to observations: inout Observations) {
        let failures = failures.evenlySpread(limit: settings.exactLimit / 2)
        let probabilities = success.probabilities(at: failures.map { ledger.features[$0] })
        for (index, probability) in zip(failures, probabilities) {
            let failure = max(1 - probability, 0.01)
            observations.append(
                ledger.features[index], target: worst, knownVariance: Self.failureVariance / pow(failure, 6))
        }
    }

    private func observations(_ indices: [Int]) -> Observations {
        var observations = Observations(axes: ledger.map.axes)
        for index in indices {
            guard let (loss, variance) = ledger.trials[index].outcome else {
                observations.append(ledger.features[index], target: worst, knownVariance: Self.failureVariance)
                continue
            }
            // Noise beyond a thousand times the spread of the losses has the effect of infinite noise.
            let noise =
                settings.usesKnownVariances
                ? variance.map { min(transform.deviation($0.squareRoot(), at: loss), 1e3) } : nil
            observations.append(
                ledger.features[index], target: transform.apply(loss), knownVariance: noise.map { $0 * $0 })
        }
        return observations
    }
}
