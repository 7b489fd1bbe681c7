/// A log-normal density of a positive hyperparameter.
package struct LogNormalPrior: Sendable, Equatable {
    /// The mean of the logarithm.
    package let location: Double

    /// The standard deviation of the logarithm.
    package let scale: Double

    /// The density whose logarithm has the given mean and standard deviation.
    package init(location: Double, scale: Double) {
        self.location = location
        self.scale = scale
    }

    /// The logarithm of the density, up to a constant, at the hyperparameter with this logarithm, and its derivative by
    /// the logarithm.
    ///
    /// The density is one in the hyperparameter itself, hence the term −log x; its mode is not that of log x.
    func logDensity(atLogarithm theta: Double) -> (value: Double, derivative: Double) {
        let z = (theta - location) / scale
        return (-theta - 0.5 * z * z, -1 - z / scale)
    }
}
