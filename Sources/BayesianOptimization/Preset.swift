/// A complete choice of surrogate and acquisition function.
public enum Preset: String, CaseIterable, Sendable {
    /// What is usually built from scikit-learn and SciPy.
    ///
    /// A linear axis; a Gaussian process with `Matern(nu=2.5) + WhiteKernel()`, `alpha=0.01`, `normalize_y=True`, whose
    /// hyperparameters maximise the marginal likelihood within 10⁻⁵ to 10⁵ from ten restarts; expected improvement over
    /// the lowest posterior mean at the observed points, with a standard deviation that includes the white noise.
    case reference

    /// The numbers behind the choice.
    var settings: Settings {
        switch self {
        case .reference:
            Settings(
                initialLengthScale: 1, initialNoiseLevel: 1, hyperparameterBounds: 1e-5...1e5, restarts: 10,
                knownVariance: 0.01, acquisitionStarts: 10)
        }
    }

    /// The numbers of a preset.
    struct Settings {
        /// The length scale that a fit begins at, in the units of x.
        var initialLengthScale: Double

        /// The white-noise variance that a fit begins at, in units of the variance of the losses.
        var initialNoiseLevel: Double

        /// The bounds of both hyperparameters.
        var hyperparameterBounds: ClosedRange<Double>

        /// The random starting points of a fit, besides the initial one.
        var restarts: Int

        /// The variance added to every observation's, in units of the variance of the losses.
        var knownVariance: Double

        /// The random starting points of the search for the acquisition function's maximum.
        var acquisitionStarts: Int
    }
}
