/// What shapes a Matérn process over several axes ("automatic relevance determination": a length scale for each).
package struct ARDHyperparameters: Sendable, Equatable {
    /// The length scale of each axis, in the units of its features.
    package var lengthScales: [Double]

    /// The variance of the process, in squared units of the targets.
    package var variance: Double

    /// The variance of the noise of an observation whose noise is not known, in squared units of the targets.
    package var noise: Double

    /// Hyperparameters from their values, all of them positive.
    package init(lengthScales: [Double], variance: Double, noise: Double) {
        self.lengthScales = lengthScales
        self.variance = variance
        self.noise = noise
    }
}
