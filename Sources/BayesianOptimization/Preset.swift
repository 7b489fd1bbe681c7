/// A complete choice of surrogate and acquisition function.
public enum Preset: String, CaseIterable, Sendable {
    /// What is usually built from scikit-learn and SciPy: ``BayesianOptimizer``.
    ///
    /// A linear axis; a Gaussian process with `Matern(nu=2.5) + WhiteKernel()`, `alpha=0.01`, `normalize_y=True`, whose
    /// hyperparameters maximise the marginal likelihood within 10⁻⁵ to 10⁵ from ten restarts; expected improvement over
    /// the lowest posterior mean at the observed points, with a standard deviation that includes the white noise.
    case reference

    /// ``AskTellOptimizer``: priors instead of bounds, known noise, log expected improvement without noise, several parameters.
    case robust
}
