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
        func isMeasured(_ record: TrialRecord) -> Bool { record.state == .complete && record.validationLoss.isFinite }
        let measured = records.filter(isMeasured).map { $0.folds.map(\.validationLoss) }
        // A single fold has no variance, so the optimiser estimates the noise.
        var variances = (FoldNoise.variances(measured) ?? []).makeIterator()
        return records.filter { $0.state != .lost }.map { record in
            let state: Trial.State =
                switch self {
                case .estimated: .complete(loss: record.validationLoss, variance: nil)
                case .folds where isMeasured(record):
                    .complete(loss: record.validationLoss, variance: variances.next())
                case .folds where record.state == .pruned && record.expectedLoss.isFinite:
                    .complete(loss: record.expectedLoss, variance: record.forecast.map { $0.std * $0.std })
                case .folds: .failed
                }
            return Trial(record.parameters.values(in: space), state)
        }
    }
}

extension TrialRecord {
    /// The validation loss, or the predicted loss of a pruned trial.
    package var expectedLoss: Double { forecast?.mean ?? validationLoss }
}
