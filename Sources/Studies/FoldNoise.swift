/// The variance of the mean loss of each trial, estimated from the losses of its folds.
///
/// All trials share their folds. A hard fold raises the loss of every trial alike, and does not change their order. So
/// with y[t, f] the loss of trial t in fold f, noise is the residual of a mean for each trial and an effect of each
/// fold (two-way analysis of variance without interaction),
///
///     r[t, f] = y[t, f] − mean[t] − effect[f],   s²[t] = Σ r²[t, f] / ((k − 1)(1 − 1/n))   for n trials of k folds,
///
/// and the variance of a trial's mean is s²[t] / k. Few folds give a poor estimate of s², so each is pooled with that
/// of all trials,
///
///     s²[t] ← (ν s²[all] + (k − 1) s²[t]) / (ν + k − 1),   ν = 8.
package enum FoldNoise {
    /// The weight ν of the estimate of all trials in that of one, in degrees of freedom.
    private static let pooling = 8.0

    /// The fraction of a single trial's variance over its folds that counts as noise.
    ///
    /// A second trial is needed to separate noise from the effects of the folds.
    private static let noiseOfOne = 0.5

    /// The variance of each trial's mean.
    ///
    /// - Parameter losses: `[trial][fold]`, all finite and of the same folds.
    /// - Returns: `nil` for trials of a single fold.
    package static func variances(_ losses: [[Double]]) -> [Double]? {
        guard let folds = losses.first?.count, folds > 1 else { return nil }
        precondition(losses.allSatisfy { $0.count == folds }, "all trials have the same folds")
        let means = losses.map { $0.reduce(0, +) / Double(folds) }
        let trials = Double(losses.count)
        func effect(_ fold: Int) -> Double {
            zip(losses, means).reduce(0) { $0 + $1.0[fold] - $1.1 } / trials
        }
        let effects = losses.count > 1 ? (0..<folds).map(effect) : Array(repeating: 0, count: folds)
        let freedom = Double(folds - 1)
        let scale = losses.count > 1 ? 1 / (freedom * (1 - 1 / trials)) : noiseOfOne / freedom
        let own = zip(losses, means).map { losses, mean in
            scale * zip(losses, effects).reduce(0) { $0 + ($1.0 - mean - $1.1) * ($1.0 - mean - $1.1) }
        }
        let all = own.reduce(0, +) / trials
        return own.map { (pooling * all + freedom * $0) / (pooling + freedom) / Double(folds) }
    }
}
