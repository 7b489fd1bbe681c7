import Platform

/// The hyperparameters of a Matérn process.
package struct MaternHyperparameters: Sendable, Equatable {
    /// The length scale of each axis, in the units of its features.
    package var lengthScales: [Double]

    /// The variance of the process, in squared units of the targets.
    package var variance: Double

    /// The variance of the noise of observations without a known variance, in squared units of the targets.
    package var noise: Double

    /// Hyperparameters from their values: length scales and variance above 0, noise not below 0.
    package init(lengthScales: [Double], variance: Double, noise: Double) {
        self.lengthScales = lengthScales
        self.variance = variance
        self.noise = noise
    }

    /// Hyperparameters from their natural logarithms: those of the length scales, of the variance, of the noise.
    init(logarithms: [Double]) {
        let axes = logarithms.count - 2
        self.init(
            lengthScales: logarithms[..<axes].map { exp($0) }, variance: exp(logarithms[axes]),
            noise: exp(logarithms[axes + 1]))
    }

    /// The natural logarithms: those of the length scales, of the variance, of the noise.
    var logarithms: [Double] { (lengthScales + [variance, noise]).map { log($0) } }
}
