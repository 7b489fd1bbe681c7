import GaussianProcess
import Platform

/// The assumptions and the effort behind a configuration.
struct SurrogateSettings: Sendable {
    /// The numbers of ``Configuration/robust``.
    ///
    /// The priors were chosen on test functions with other seeds than those that `scripts/compare-optimizers` uses. The
    /// prior of the length scales matters most. That of arXiv 2402.02229 (location √2 + ½ log d, scale √3) allows such
    /// short and such long ones that ten noisy observations are explained as noise alone. This one is narrower and
    /// lower, and grows with √d too.
    static let robust = SurrogateSettings()

    /// The numbers of ``Configuration/reference``.
    static let reference: SurrogateSettings = {
        var settings = SurrogateSettings()
        settings.hasPriors = false
        settings.isInNaturalUnits = true
        settings.hasShortTail = false
        settings.modelsSuccess = false
        settings.usesKnownVariances = false
        settings.predictsNoise = true
        settings.isExhaustive = true
        settings.stops = false
        settings.separatesPoints = false
        settings.correctsVariance = false
        settings.meanVariance = 0
        settings.jitters = [0.01]
        settings.noiselessVariance = 0
        settings.fitLimit = .max
        settings.exactLimit = .max
        settings.initialTrialLimit = 1
        return settings
    }()

    /// Whether hyperparameters maximise the posterior density under priors; otherwise they maximise the likelihood
    /// within bounds, with a variance of 1.
    private(set) var hasPriors = true

    /// Whether features are in the units of the parameters instead of the unit cube; then points may lie outside of the
    /// space.
    private(set) var isInNaturalUnits = false

    /// Whether the upper tail of the losses is shortened; otherwise they are only standardised.
    private(set) var hasShortTail = true

    /// Whether failed trials and bad losses have a model of their own; otherwise a failed trial is a loss as high as the worst
    /// one.
    private(set) var modelsSuccess = true

    /// Whether the variances of losses are used where they are known.
    private(set) var usesKnownVariances = true

    /// Whether predictions include the estimated noise.
    private(set) var predictsNoise = false

    /// Whether the next value of a single real parameter is searched on a dense grid.
    private(set) var isExhaustive = false

    /// Whether a search may end by itself.
    private(set) var stops = true

    /// Whether points keep a distance from pending ones, and known points of a finite space are suggested again only because of
    /// real noise (``AllowedPoints``).
    private(set) var separatesPoints = true

    /// Whether predicted variances are corrected by left-out losses (``LeftOutLosses``).
    private(set) var correctsVariance = true

    /// The prior variance of the constant mean.
    private(set) var meanVariance = 1.0

    /// The jitter of the covariance's diagonal, relative to the variance of the process: the first one that its factor
    /// exists with.
    private(set) var jitters = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4]

    /// The threshold below which estimated noise counts as 0, in units of the variance of the transformed losses.
    private(set) var noiselessVariance = 1e-5

    /// The greatest number of trials that the hyperparameters are fitted to.
    private(set) var fitLimit = 200

    /// The greatest number of trials that the posterior has; with more it is a local approximation (``SurrogateData``).
    private(set) var exactLimit = 1000

    /// The greatest number of trials of the initial design.
    private(set) var initialTrialLimit = 4

    /// The numbers of candidates of a search for the acquisition function's maximum: random points of the whole space,
    /// and points near the best trials.
    let candidates = (space: 256, near: 128)

    /// The number of candidates that a local search starts from.
    let localSearches = 8

    /// The same number with more than ``fitLimit`` trials, each of which makes a local search more expensive.
    let localSearchesOfMany = 3

    /// The number of standard deviations from the mean down to the lower confidence bound.
    let confidence = 2.0

    /// The number of standard deviations that is added to the mean of a possible recommendation.
    let caution = 0.5

    /// The number of trials of the initial design over d axes.
    func initialTrials(axes: Int) -> Int { min(axes + 1, initialTrialLimit) }

    /// Whether the next point is one of the initial design: while there are few trials, of which failed ones do not count, but
    /// only up to twice as many.
    func isInitial(_ ledger: TrialLedger) -> Bool {
        let count = initialTrials(axes: ledger.map.space.axes.count)
        let failures = ledger.trials.count { $0.state == .failed }
        return ledger.trials.count - (modelsSuccess ? min(failures, count) : 0) < count
    }

    /// The search for the hyperparameters of d axes.
    func hyperparameterSearch(axes: Int, _ configuration: Configuration) -> HyperparameterSearch {
        let (lengthScale, noise) = (configuration.fixedLengthScale, configuration.fixedNoiseLevel)
        guard hasPriors else {
            let bounds = 1e-5...1e5
            var search = HyperparameterSearch(
                lengthScale: .init(bounds: bounds, prior: nil, starts: [0], fixed: lengthScale),
                variance: .init(bounds: bounds, prior: nil, starts: [0], fixed: 1),
                noise: .init(bounds: bounds, prior: nil, starts: [0], fixed: noise))
            search.restarts = 10
            search.screensGrid = true
            search.tieBreak = 1e-10
            return search
        }
        let prior = lengthScalePrior(axes: axes)
        var search = HyperparameterSearch(
            lengthScale: .init(
                bounds: 0.01...100, prior: nil, starts: [0, -1, -2].map { prior.location + $0 }, fixed: lengthScale),
            variance: .init(bounds: 0.05...1e4, prior: .init(location: 5, scale: 2.2), starts: [0]),
            // The prior is wide, from nearly 0 to the whole variance.
            noise: .init(
                bounds: 1e-8...2, prior: .init(location: 7, scale: 4), starts: [1e-2, 1e-6, 0.3].map { log($0) },
                fixed: noise))
        search.lengthScalePrior = prior
        search.coarseLimit = 60
        search.coarseOptima = 2
        search.relativeTolerance = 1e-3
        search.evaluationLimit = 60
        return search
    }

    /// The prior of the length scales of d axes of the unit cube, which grow with √d as its diagonal does.
    private func lengthScalePrior(axes: Int) -> LengthScalePrior {
        LengthScalePrior(location: 0.5 * log(Double(axes)) - 1.45, scale: 0.5, commonScale: 0.5)
    }

    /// The search for the hyperparameters of the model of success over d axes.
    ///
    /// Labels are 0 and -1. There is one start where failures are chance, and one where they have a region.
    func successSearch(axes: Int) -> HyperparameterSearch {
        let prior = lengthScalePrior(axes: axes)
        var search = HyperparameterSearch(
            lengthScale: .init(bounds: 0.01...100, prior: nil, starts: [prior.location]),
            variance: .init(bounds: 0.01...4, prior: .init(location: log(0.3), scale: 1), starts: [log(0.2)]),
            noise: .init(
                bounds: 1e-3...1, prior: .init(location: log(0.1), scale: 1.5), starts: [0.2, 0.01].map { log($0) }))
        search.lengthScalePrior = prior
        search.coarseLimit = 60
        search.coarseOptima = 2
        search.relativeTolerance = 1e-2
        search.evaluationLimit = 40
        return search
    }
}
