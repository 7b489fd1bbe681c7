/// The prediction of a Gaussian process at one point.
package struct Prediction: Sendable, Equatable {
    /// The mean.
    package var mean: Double

    /// The standard deviation, which may include noise (see ``MaternPosterior``).
    package var standardDeviation: Double

    /// A prediction with the given mean and standard deviation.
    package init(mean: Double, standardDeviation: Double) {
        self.mean = mean
        self.standardDeviation = standardDeviation
    }
}
