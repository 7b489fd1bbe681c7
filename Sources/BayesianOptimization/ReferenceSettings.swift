/// The numbers behind ``Preset/reference``.
struct ReferenceSettings {
    /// The length scale that a fit begins at, in the units of x.
    let initialLengthScale = 1.0

    /// The white-noise variance that a fit begins at, in units of the variance of the losses.
    let initialNoiseLevel = 1.0

    /// The bounds of both hyperparameters.
    let hyperparameterBounds = 1e-5...1e5

    /// The random starting points of a fit, besides the initial one.
    let restarts = 10

    /// The variance added to every observation's, in units of the variance of the losses.
    let knownVariance = 0.01

    /// The random starting points of the search for the acquisition function's maximum.
    let acquisitionStarts = 10
}
