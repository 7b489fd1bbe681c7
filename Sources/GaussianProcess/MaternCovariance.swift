import Platform

/// The Matérn covariance function with ν = 5/2, a length scale for each axis, and a variance s.
///
/// k(x, x′) = s (1 + a + a²/3) exp(−a), a = √5 r, r² = Σ_f ((x_f − x′_f) / l_f)²: Rasmussen & Williams, equation 4.17. Its
/// sample functions are twice differentiable.
struct MaternCovariance {
    /// √5 / l_f for every feature, at most the greatest number.
    let inverseScales: [Double]

    /// s.
    let variance: Double

    init(_ hyperparameters: MaternHyperparameters, axes: [Int]) {
        inverseScales = axes.map {
            min(5.0.squareRoot() / hyperparameters.lengthScales[$0], .greatestFiniteMagnitude)
        }
        variance = hyperparameters.variance
    }

    /// 1 / l_f² of a feature, at most the greatest number.
    func inverseSquare(ofFeature feature: Int) -> Double {
        min(inverseScales[feature] * inverseScales[feature] / 5, .greatestFiniteMagnitude)
    }

    /// Writes the covariances of a point with the first `count` of other points.
    ///
    /// - Parameters:
    ///   - features: The features of the point.
    ///   - points: The other points, at least `count`.
    ///   - result: Memory for `count` numbers.
    ///   - derivatives: Memory for g = s · 5/3 (1 + a) exp(−a) of each, or `nil`. All derivatives follow from g:
    ///     ∂k/∂x_f = −g (x_f − x′_f) / l_f² and ∂k/∂log l_f = g ((x_f − x′_f) / l_f)².
    @inline(__always)
    func write(
        of features: [Double], with points: Observations, count: Int, to result: UnsafeMutablePointer<Double>,
        derivatives: UnsafeMutablePointer<Double>? = nil
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
        for index in 0..<count {
            let a = result[index]
            let decay = variance * exp(-a)
            // Points far apart may have a = ∞.
            let isNear = decay > 0
            if let derivatives { derivatives[index] = isNear ? 5.0 / 3 * (1 + a) * decay : 0 }
            result[index] = isNear ? (1 + a + a * a / 3) * decay : 0
        }
    }
}
