/// What a Gaussian process predicts for an observation at one point.
package struct Prediction: Sendable, Equatable {
    /// The mean of the observation.
    package var mean: Double

    /// The standard deviation of the observation, white noise included.
    package var standardDeviation: Double

    /// A prediction with the given mean and standard deviation.
    package init(mean: Double, standardDeviation: Double) {
        self.mean = mean
        self.standardDeviation = standardDeviation
    }
}
