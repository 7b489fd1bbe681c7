import BayesianOptimization

/// What an optimiser is told of trials, and so what a study takes their losses for.
package enum Observations: Sendable {
    /// The mean loss of every trial, also of a diverged one; the optimiser estimates the noise. A repeated trial is the same
    /// training once more.
    case losses

    /// The mean loss of each complete trial with the noise that its folds show (``FoldNoise``).
    ///
    /// A diverged trial has failed: neither its loss nor the spread of its folds means anything. A pruned one counts with the
    /// loss that it was expected to end with, as uncertain as that is. A repeated trial sees its samples in other orders.
    case lossesWithNoise

    /// The trials as the optimiser sees them, in their order.
    ///
    /// The noise of a trial depends on all others, so all are told anew whenever one is added.
    func trials(_ records: [TrialRecord], in space: ParameterSpace) -> [Trial] {
        func isMeasured(_ record: TrialRecord) -> Bool { record.state == .complete && record.validationLoss.isFinite }
        let measured = records.filter(isMeasured).map { $0.folds.map(\.validationLoss) }
        // Without folds to tell it from, noise is estimated from the losses.
        var variances = (FoldNoise.variances(measured) ?? []).makeIterator()
        return records.map { record in
            let state: Trial.State =
                switch self {
                case .losses: .complete(loss: record.validationLoss, variance: nil)
                case .lossesWithNoise where isMeasured(record):
                    .complete(loss: record.validationLoss, variance: variances.next())
                case .lossesWithNoise where record.state == .pruned && record.expectedLoss.isFinite:
                    .complete(loss: record.expectedLoss, variance: record.forecast.map { $0.std * $0.std })
                case .lossesWithNoise: .failed
                }
            return Trial(record.parameters.values(in: space), state)
        }
    }
}

extension TrialRecord {
    /// The validation loss; of a pruned trial what it was expected to become.
    package var expectedLoss: Double { forecast?.mean ?? validationLoss }
}
