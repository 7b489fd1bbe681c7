import GaussianProcess
import Platform

/// The assumptions and efforts behind a configuration.
struct SurrogateSettings: Sendable {
    /// The numbers of ``Configuration/robust``.
    ///
    /// The priors were chosen on test functions with other seeds than those that `scripts/compare-optimizers` uses. What matters
    /// most is the prior of the length scales: that of arXiv 2402.02229 (location √2 + ½ log d, scale √3) allows so short and so
    /// long ones that ten noisy observations are explained as nothing but noise. This one is narrower and lower, growing
    /// with √d as that one does.
    static let robust = SurrogateSettings()

    /// The numbers of ``Configuration/reference``.
    static let reference: SurrogateSettings = {
        var settings = SurrogateSettings()
        settings.hasPriors = false
        settings.isInNaturalUnits = true
        settings.hasShortTail = false
        settings.usesKnownVariances = false
        settings.predictsNoise = true
        settings.isExhaustive = true
        settings.stops = false
        settings.meanVariance = 0
        settings.jitters = [0.01]
        settings.noiselessVariance = 0
        settings.fitLimit = .max
        settings.initialTrialLimit = 1
        return settings
    }()

    /// Whether hyperparameters are the most probable ones under priors, or else the most likely ones within bounds, with a variance
    /// of 1.
    private(set) var hasPriors = true

    /// Whether features are in the units of the parameters, and not of the unit cube; then points may lie outside of the space.
    private(set) var isInNaturalUnits = false

    /// Whether the upper tail of the losses is shortened, or else they are only standardised.
    private(set) var hasShortTail = true

    /// Whether the variances of losses are used where they are known.
    private(set) var usesKnownVariances = true

    /// Whether predictions hold the estimated noise.
    private(set) var predictsNoise = false

    /// Whether the next value of one real parameter is sought on a dense grid.
    private(set) var isExhaustive = false

    /// Whether a search may end by itself.
    private(set) var stops = true

    /// The prior variance of the constant mean.
    private(set) var meanVariance = 1.0

    /// Added to the diagonal of the covariance, relative to the variance of the process: the first one that its factor exists with.
    private(set) var jitters = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4]

    /// A smaller estimate of the noise means that there is none, in units of the variance of the transformed losses.
    private(set) var noiselessVariance = 1e-5

    /// The hyperparameters are fitted to so many trials at most; the posterior has all of them.
    private(set) var fitLimit = 200

    /// At most so many trials are spread over the space before a surrogate is asked.
    private(set) var initialTrialLimit = 4

    /// Random points of the whole space, and points near the best trials, that a search for the acquisition function's maximum
    /// begins with.
    let candidates = (space: 256, near: 128)

    /// How many of the candidates are climbed from.
    let climbs = 8

    /// How many where there are more than ``fitLimit`` trials, each of which makes a climb more expensive.
    let climbsOfMany = 3

    /// How many standard deviations the lower confidence bound lies below the mean.
    let confidence = 2.0

    /// How many standard deviations a recommendation may be worse than its mean, to be compared with others.
    let caution = 0.5

    /// So many trials of d axes are spread over the space before a surrogate is asked.
    func initialTrials(axes: Int) -> Int { min(axes + 1, initialTrialLimit) }

    /// How the hyperparameters of d axes are found.
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
        let vanilla = LogNormalPrior.lengthScale(axes: axes)
        let prior = LogNormalPrior(location: vanilla.location - 2.2, scale: 0.6)
        var search = HyperparameterSearch(
            lengthScale: .init(bounds: 0.01...100, prior: prior, starts: [prior.location], fixed: lengthScale),
            variance: .init(bounds: 0.05...20, prior: .init(location: 2.25, scale: 1.5), starts: [0]),
            // Losses that are noisy, and losses that are exact; the prior is wide, from next to nothing to as much as there is.
            noise: .init(
                bounds: 1e-8...2, prior: .init(location: -6, scale: 3), starts: [log(1e-2), log(1e-6)], fixed: noise))
        search.relativeTolerance = 1e-3
        search.evaluationLimit = 40
        return search
    }
}
