/// A prior of the length scales of all axes: their logarithms are normal around a common one, which is normal itself.
///
/// The length scales of an objective resemble each other more than they resemble those of other objectives. With independent
/// priors the prior of a common change grows with the number of axes, and in ten dimensions it would outvote hundreds of
/// observations of a smooth function.
package struct LengthScalePrior: Sendable, Equatable {
    /// The mean of each logarithm.
    package let location: Double

    /// The standard deviation of a logarithm around the common one.
    package let scale: Double

    /// The standard deviation of the common logarithm.
    package let commonScale: Double

    /// A prior with the given parameters, the scales above 0.
    package init(location: Double, scale: Double, commonScale: Double) {
        self.location = location
        self.scale = scale
        self.commonScale = commonScale
    }

    /// The logarithm of the density of the logarithms, up to a constant, and its derivatives.
    ///
    /// The covariance is σ² I + τ² 1 1ᵀ, with the inverse (I − τ²/(σ² + d τ²) 1 1ᵀ)/σ².
    func logDensity(atLogarithms logarithms: some Collection<Double>) -> (value: Double, derivatives: [Double]) {
        let offsets = logarithms.map { $0 - location }
        let (own, common) = (scale * scale, commonScale * commonScale)
        let share = common / (own + Double(offsets.count) * common) * offsets.reduce(0, +)
        let derivatives = offsets.map { (share - $0) / own }
        return (0.5 * zip(offsets, derivatives).reduce(0) { $0 + $1.0 * $1.1 }, derivatives)
    }
}
