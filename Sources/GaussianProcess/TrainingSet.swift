/// Observations of a function, checked and ready for a Gaussian process.
package struct TrainingSet: Sendable {
    /// Where the function was observed.
    package let points: Points

    /// What was observed, moved to mean 0 and scaled to standard deviation 1.
    let targets: [Double]

    /// The variance of each observation that is known beforehand, in units of the standardised targets.
    let knownVariances: [Double]

    /// How `targets` were standardised.
    let scaling: Standardization

    /// How many observations there are.
    package var count: Int { points.count }

    /// A training set of observed values, one for each point.
    ///
    /// - Parameters:
    ///   - points: Where the function was observed; a point may occur several times.
    ///   - values: What was observed.
    ///   - knownVariances: One number for each observation, not negative, in units of the variance of all `values`: it is
    ///     added to the diagonal of their covariance. scikit-learn calls it `alpha`.
    /// - Throws: ``GaussianProcessError/invalidTrainingSet(_:)`` for no observations, lists of different lengths, and
    ///   numbers that are not finite.
    package init(points: Points, values: [Double], knownVariances: [Double]) throws(GaussianProcessError) {
        if points.count == 0 { throw .invalidTrainingSet("there are none") }
        if values.count != points.count || knownVariances.count != points.count {
            throw .invalidTrainingSet(
                "\(points.count) points, \(values.count) values and \(knownVariances.count) variances do not match")
        }
        if let coordinate = points.coordinates.first(where: { !$0.isFinite }) {
            throw .invalidTrainingSet("a point has the coordinate \(coordinate)")
        }
        if let value = values.first(where: { !$0.isFinite }) {
            throw .invalidTrainingSet("the value \(value) was observed")
        }
        if let variance = knownVariances.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw .invalidTrainingSet("an observation has the variance \(variance)")
        }
        let scaling = Standardization(of: values)
        let targets = values.map(scaling.standardize)
        if !scaling.deviation.isFinite || !targets.allSatisfy(\.isFinite) {
            throw .invalidTrainingSet("the squares of their values overflow")
        }
        self.points = points
        self.targets = targets
        self.knownVariances = knownVariances
        self.scaling = scaling
    }
}
