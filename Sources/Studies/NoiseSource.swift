import BayesianOptimization

/// The source of the losses' noise, which decides the trials that the optimiser learns.
package enum NoiseSource: Sendable {
    /// The optimiser estimates the noise from the mean losses of all trials, also of diverged ones.
    ///
    /// A repeated trial is the same training once more.
    case estimated

    /// The noise of a complete trial's mean loss is computed from its folds (``FoldNoise``).
    ///
    /// A diverged trial is a failed one, because neither its loss nor the spread of its folds has a meaning. A pruned trial has
    /// its forecast as loss, with the variance of the forecast. A repeated trial sees its samples in other orders.
    case folds

    /// The trials as the optimiser sees them, in their order, without the lost ones.
    ///
    /// The noise of a trial depends on all others, so the optimiser gets all trials again after each new one.
    func trials(_ records: [TrialRecord], in space: ParameterSpace) -> [Trial] {
        let measured = records.filter(\.hasMeasuredFolds).map { $0.folds.map(\.validationLoss) }
        // A single fold has no variance, so the optimiser estimates the noise.
        var variances = (FoldNoise.variances(measured) ?? []).makeIterator()
        return records.filter { $0.state != .lost }.map { record in
            let state: Trial.State =
                switch self {
                case .estimated: .complete(loss: record.validationLoss, variance: nil)
                case .folds where record.hasMeasuredFolds:
                    .complete(loss: record.validationLoss, variance: variances.next())
                case .folds where record.state == .complete && record.validationLoss.isFinite:
                    .complete(loss: record.validationLoss, variance: record.outcome.reportedVariance)
                case .folds where record.state == .pruned && record.expectedLoss.isFinite:
                    .complete(loss: record.expectedLoss, variance: record.forecast.map { $0.std * $0.std })
                case .folds: .failed
                }
            return Trial(record.parameters.values(in: space), state)
        }
    }

    /// The variance of a trial's mean loss, from the folds of all trials (``FoldNoise``); `nil` if it has none.
    static func variance(of record: TrialRecord, among records: [TrialRecord]) -> Double? {
        let measured = records.filter(\.hasMeasuredFolds)
        guard let index = measured.firstIndex(where: { $0.number == record.number }) else { return nil }
        return FoldNoise.variances(measured.map { $0.folds.map(\.validationLoss) })?[index]
    }
}

extension TrialRecord {
    /// Whether it was trained to its end, with a finite loss in every fold.
    fileprivate var hasMeasuredFolds: Bool { state == .complete && !folds.isEmpty && validationLoss.isFinite }

    /// The validation loss, or the predicted loss of a pruned trial.
    package var expectedLoss: Double { forecast?.mean ?? validationLoss }
}
