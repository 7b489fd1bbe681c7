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

    /// Whether each trial is in the space, or outside by rounding only; the coordinates of the others are those of the
    /// nearest point of the space.
    private(set) var isInside: [Bool] = []

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
        result.isInside.removeSubrange(finishedCount...)
        return result
    }

    /// Adds a trial.
    ///
    /// A finished trial replaces the pending one with the same parameters, but for rounding. A lost one removes it, and
    /// is not added.
    ///
    /// - Throws: The errors of ``ParameterSpace/check(_:)`` (numbers may lie outside where that is allowed), and
    ///   ``OptimizerError/invalidOutcome(member:value:requirement:)``; then the ledger is unchanged.
    mutating func learn(_ trial: Trial) throws(OptimizerError) {
        let place = try map.positions(of: trial.parameters)
        if case .complete(let loss, let variance) = trial.state {
            guard loss.isFinite else {
                throw .invalidOutcome(member: "loss", value: "\(loss)", requirement: "a finite number")
            }
            if let variance, !(variance >= 0 && variance.isFinite) {
                throw .invalidOutcome(
                    member: "variance", value: "\(variance)", requirement: "a finite number that is not negative")
            }
        }
        let trial = Trial(map.space.canonical(trial.parameters), trial.state)
        let pending = pendingIndex(of: trial.parameters)
        if trial.state == .pending {
            if pending == nil { insert(trial, place, at: trials.count) }
            return
        }
        if let pending {
            trials.remove(at: pending)
            coordinates.remove(at: pending)
            features.remove(at: pending)
            isInside.remove(at: pending)
        }
        if trial.state == .lost { return }
        insert(trial, place, at: finishedCount)
        finishedCount += 1
    }

    /// The index of the pending trial at a point: of the same one, or else of the nearest one that differs by rounding.
    private func pendingIndex(of parameters: [String: ParameterValue]) -> Int? {
        let pending = trials.indices[finishedCount...]
        if let index = pending.first(where: { trials[$0].parameters == parameters }) { return index }
        let distances = pending.filter { map.space.isSame(parameters, as: trials[$0].parameters) }
            .map { (index: $0, distance: map.space.distance(parameters, trials[$0].parameters)) }
        return distances.min { $0.distance < $1.distance }?.index
    }

    /// Appends a pending trial at a suggested point, even if that point is pending already.
    mutating func appendPending(_ parameters: [String: ParameterValue]) throws(OptimizerError) {
        try insert(Trial(parameters, .pending), map.positions(of: parameters), at: trials.count)
    }

    private mutating func insert(_ trial: Trial, _ place: (positions: [Double], isInside: Bool), at index: Int) {
        trials.insert(trial, at: index)
        coordinates.insert(map.coordinates(at: place.positions), at: index)
        features.insert(map.features(atPositions: place.positions), at: index)
        isInside.insert(place.isInside, at: index)
    }
}
