/// Moves values to mean 0 and scales them to standard deviation 1, and back.
struct Standardization: Sendable, Equatable {
    /// The mean of the values.
    let mean: Double

    /// Their standard deviation (over n, not n − 1), or 1 where they are all the same.
    let deviation: Double

    /// The standardisation of some values, at least one.
    ///
    /// scikit-learn replaces a deviation of exactly 0 by 1, so that constant values are moved and not scaled. Here a
    /// deviation that can only be rounding of the mean (10 ulps of the largest value) counts as 0 too, because the mean
    /// of equal numbers is not always that number.
    init(of values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let deviation = variance.squareRoot()
        let magnitude = values.reduce(0) { max($0, abs($1)) }
        self.mean = mean
        self.deviation = deviation <= 10 * Double.ulpOfOne * magnitude ? 1 : deviation
    }

    /// The standardised value.
    func standardize(_ value: Double) -> Double {
        (value - mean) / deviation
    }
}
