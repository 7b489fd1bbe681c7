import Glibc

/// Covariances of one point with many: the Matérn function with ν = 5/2, a length scale an axis, and a variance.
///
/// k(x, x′) = s (1 + a + a²/3) exp(−a), a = √5 r, r² = Σ_f ((x_f − x′_f) / l_f)². See ``Matern52``.
struct MaternRow {
    /// √5 / l_f for every feature.
    let inverseScales: [Double]

    /// s.
    let variance: Double

    init(_ hyperparameters: ARDHyperparameters, axes: [Int]) {
        inverseScales = axes.map { 5.0.squareRoot() / hyperparameters.lengthScales[$0] }
        variance = hyperparameters.variance
    }

    /// Writes the covariances of a point with the first `count` of others.
    ///
    /// - Parameters:
    ///   - slopes: Where wanted, s · 5/3 (1 + a) exp(−a) for each: ∂k/∂x_f = −slope (x_f − x′_f) / l_f².
    @inline(__always)
    func covariances(
        of features: [Double], with points: FeaturePoints, count: Int, to result: UnsafeMutablePointer<Double>,
        slopes: UnsafeMutablePointer<Double>? = nil
    ) {
        for index in 0..<count { result[index] = 0 }
        for (feature, column) in points.columns.enumerated() {
            let scale = inverseScales[feature]
            let center = features[feature]
            column.withUnsafeBufferPointer { column in
                for index in 0..<count {
                    let difference = (column[index] - center) * scale
                    result[index] += difference * difference
                }
            }
        }
        for index in 0..<count { result[index] = result[index].squareRoot() }
        let variance = variance
        if let slopes {
            for index in 0..<count {
                let a = result[index]
                let decay = variance * exp(-a)
                slopes[index] = 5.0 / 3 * (1 + a) * decay
                result[index] = (1 + a + a * a / 3) * decay
            }
        } else {
            for index in 0..<count {
                let a = result[index]
                result[index] = (1 + a + a * a / 3) * (variance * exp(-a))
            }
        }
    }
}
