package import GaussianProcess
import Glibc

/// The assumptions and efforts behind ``AskTellOptimizer``.
///
/// The priors were chosen on test functions with other seeds than those that `scripts/compare-optimizers` uses. What matters
/// most is the prior of the length scales: that of arXiv 2402.02229 (location √2 + ½ log d, scale √3) allows so short and so
/// long ones that ten noisy observations are explained as nothing but noise. This one is narrower and lower, growing
/// with √d as that one does.
package struct SurrogateSettings: Sendable {
    /// The prior of the length scale of every one of d axes, in units of the axis.
    package var lengthScalePrior: @Sendable (_ axes: Int) -> LogNormalPrior = { axes in
        let vanilla = LogNormalPrior.lengthScale(axes: axes)
        return LogNormalPrior(location: vanilla.location - 2.2, scale: 0.6)
    }

    /// The prior of the variance of the process, in units of the variance of the transformed losses.
    package var variancePrior = LogNormalPrior(location: 2.25, scale: 1.5)

    /// The prior of the variance of noise that is not known: wide, from next to nothing to as much as there is.
    package var noisePrior = LogNormalPrior(location: -6, scale: 3)

    /// The prior variance of the constant mean.
    package var meanVariance = 1.0

    /// A smaller estimate of the noise means that there is none, in units of the variance of the transformed losses.
    package var noiselessVariance = 1e-5

    /// The hyperparameters are fitted to so many trials at most; the posterior has all of them.
    package var fitLimit = 200

    /// So many trials of d axes are spread over the space before a surrogate is asked.
    package var initialTrials: @Sendable (_ axes: Int) -> Int = { axes in min(axes + 1, 4) }

    /// The length scale of every axis, if it is not to be fitted.
    package var fixedLengthScale: Double?

    /// The variance of unknown noise in units of the variance of the transformed losses, if it is not to be fitted.
    package var fixedNoise: Double?

    /// Random points of the whole space, and points near the best trials, that a search for the acquisition function's maximum
    /// begins with.
    package var candidates = (space: 256, near: 128)

    /// How many of the candidates are climbed from.
    package var climbs = 8

    /// How many where there are more than ``fitLimit`` trials, each of which makes a climb more expensive.
    package var climbsOfMany = 3

    /// How many standard deviations the lower confidence bound lies below the mean.
    package var confidence = 2.0

    /// How many standard deviations a recommendation may be worse than its mean, to be compared with others.
    package var caution = 0.5

    /// The defaults.
    package init() {}
}
