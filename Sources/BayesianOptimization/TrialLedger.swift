/// The trials of an optimiser, with their coordinates and features.
struct TrialLedger: Sendable {
    /// The features of a point.
    let map: FeatureMap

    /// Finished trials in the order of `tell`, then pending ones.
    private(set) var trials: [Trial] = []

    /// The coordinates of each trial.
    private(set) var coordinates: [[Double]] = []

    /// The features of each trial.
    private(set) var features: [[Double]] = []

    /// The number of finished trials.
    private(set) var finishedCount = 0

    init(_ map: FeatureMap) { self.map = map }

    /// The indices of the complete trials.
    var complete: [Int] { trials.indices.filter { trials[$0].loss != nil } }

    /// The complete trial of the lowest loss, the first of equal ones; `nil` without a complete trial.
    var best: Trial? { trials.filter { $0.loss != nil }.min { ($0.loss ?? 0) < ($1.loss ?? 0) } }

    /// The features of the pending trials.
    var pendingFeatures: ArraySlice<[Double]> { features[finishedCount...] }

    /// The ledger without its pending trials.
    var finished: TrialLedger {
        var result = self
        result.trials.removeSubrange(finishedCount...)
        result.coordinates.removeSubrange(finishedCount...)
        result.features.removeSubrange(finishedCount...)
        return result
    }

    /// Adds a trial.
    ///
    /// A finished trial replaces the pending one with the same parameters.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space (numbers
    ///   may lie outside where features are positions), and ``OptimizerError/invalidTrial(reason:)`` for invalid losses
    ///   and variances; then the ledger is unchanged.
    mutating func learn(_ trial: Trial) throws(OptimizerError) {
        let positions = try map.space.positions(of: trial.parameters, allowsOutside: map.isInNaturalUnits)
        if case .complete(let loss, let variance) = trial.state {
            guard loss.isFinite else { throw .invalidTrial(reason: "its loss is \(loss), which is not finite") }
            if let variance, !(variance >= 0 && variance.isFinite) {
                throw .invalidTrial(reason: "its variance is \(variance), and must be finite and not negative")
            }
        }
        let trial = Trial(map.space.canonical(trial.parameters), trial.state)
        let pending = trials[finishedCount...].firstIndex { $0.parameters == trial.parameters }
        if trial.state == .pending {
            if pending == nil { insert(trial, positions, at: trials.count) }
            return
        }
        if let pending {
            trials.remove(at: pending)
            coordinates.remove(at: pending)
            features.remove(at: pending)
        }
        insert(trial, positions, at: finishedCount)
        finishedCount += 1
    }

    /// Appends a pending trial at a suggested point, even if that point is pending already.
    mutating func appendPending(_ parameters: [String: ParameterValue]) throws(OptimizerError) {
        try insert(Trial(parameters, .pending), map.space.positions(of: parameters), at: trials.count)
    }

    private mutating func insert(_ trial: Trial, _ positions: [Double], at index: Int) {
        trials.insert(trial, at: index)
        coordinates.insert(map.coordinates(at: positions), at: index)
        features.insert(map.features(atPositions: positions), at: index)
    }
}
