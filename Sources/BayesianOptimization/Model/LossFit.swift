import GaussianProcess

/// The trials that a surrogate learns losses from, and the hyperparameters that are fitted to them.
///
/// Bad losses (``GoodLosses``) take part only where a smooth function explains them. A high slope, or one high loss among
/// others that are mostly noise, says how much the objective varies, and a model without it would search too little. A penalty
/// or an outlier says nothing of this kind. The good losses tell which it is: hyperparameters are fitted with and without the
/// bad losses, each of which counts as the least bad one; if the good losses are as likely with the former, but for
/// one nat, the bad ones are ordinary high losses.
struct LossFit {
    /// The indices of the trials whose loss is an ordinary one, in their order.
    let good: [Int]

    let data: SurrogateData

    /// The observations that the hyperparameters are fitted to.
    let sample: Observations

    let hyperparameters: MaternHyperparameters

    /// The greatest loss of logarithmic density of the good losses, in nats, with hyperparameters that explain the bad ones too.
    ///
    /// With 2, penalties over a part of the space take more evaluations; with ½ and 1, regrets are the same.
    private static let greatestCost = 1.0

    /// Fits hyperparameters to the losses of trials.
    init(
        to ledger: TrialLedger, _ transform: OutcomeTransform, _ search: HyperparameterSearch,
        _ settings: SurrogateSettings, draw: (ClosedRange<Double>) -> Double
    ) {
        let (meanVariance, jitter) = (settings.meanVariance, settings.jitters[0])
        typealias Fit = (data: SurrogateData, sample: Observations, hyperparameters: MaternHyperparameters)
        func fit(_ indices: [Int]) -> Fit {
            let data = SurrogateData(ledger, good: indices, transform, settings)
            let sample = data.sample
            return (data, sample, search.fit(to: sample, meanVariance: meanVariance, jitter: jitter, draw: draw))
        }
        let good = ledger.complete.filter { (ledger.trials[$0].loss ?? .infinity) <= transform.highestGood }
        let own = fit(good)
        if settings.modelsSuccess, good.count < ledger.complete.count {
            let all = fit(ledger.complete)
            func logDensity(_ fit: Fit) -> Double {
                search.logDensity(
                    of: fit.hyperparameters, given: own.sample, meanVariance: meanVariance, jitter: jitter)
            }
            if logDensity(all) > logDensity(own) - Self.greatestCost {
                self.good = ledger.complete
                (data, sample, hyperparameters) = all
                return
            }
        }
        self.good = good
        (data, sample, hyperparameters) = own
    }
}
