/// How far the mean loss of each trial may be off, from the losses of its folds.
///
/// All trials share their folds. A fold that is hard raises the loss of every trial alike and says nothing about which is
/// better, so with y[t, f] the loss of trial t in fold f, noise is what a mean for each trial and an effect of each fold
/// leave unexplained (two-way analysis of variance without interaction),
///
///     r[t, f] = y[t, f] − mean[t] − effect[f],   s²[t] = Σ r²[t, f] / ((k − 1)(1 − 1/n))   for n trials of k folds,
///
/// and the variance of a trial's mean is s²[t] / k. Few folds say little about s², so each is pooled with that of all trials,
///
///     s²[t] ← (ν s²[all] + (k − 1) s²[t]) / (ν + k − 1),   ν = 8.
package enum FoldNoise {
    /// How many degrees of freedom the estimate of all trials counts for in that of one.
    private static let pooling = 8.0

    /// The part of one trial's variance over its folds that is noise, as long as there is no other trial to tell the effects
    /// of the folds from it.
    private static let noiseOfOne = 0.5

    /// The variance of each trial's mean.
    ///
    /// - Parameter losses: `[trial][fold]`, all finite and of the same folds.
    /// - Returns: Nothing for trials of a single fold.
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
