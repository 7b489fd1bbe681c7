package import Backend
import Platform

/// The scores of a number of steps, `[model][step]`.
package final class ReferenceScores: ScoreStorage {
    package let models: Int
    package let steps: Int
    /// Sum of the samples' losses.
    package internal(set) var lossSums: [[Double]]
    var correct: [[Int]]

    init(models: Int, steps: Int) {
        (self.models, self.steps) = (models, steps)
        lossSums = Array(repeating: Array(repeating: 0, count: steps), count: models)
        correct = Array(repeating: Array(repeating: 0, count: steps), count: models)
    }
}

extension ReferenceBackend: LossOperations {
    package func makeScores(models: Int, steps: Int) throws(BackendError) -> ReferenceScores {
        ReferenceScores(models: models, steps: steps)
    }

    package func read(_ scores: ReferenceScores) throws(BackendError) -> [[StepScore]] {
        zip(scores.lossSums, scores.correct).map { lossSums, correct in
            zip(lossSums, correct).map { StepScore(lossSum: Float($0), correct: $1) }
        }
    }

    package func uncheckedSoftmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: ReferenceScores,
        step: Int
    ) throws(BackendError) {
        let shape = logits.shape
        for model in 0..<shape.models {
            var lossSum = 0.0
            var correct = 0
            for sample in 0..<counts.perModel[model] {
                let row = (0..<shape.channels).map { logits[model, sample, $0] }
                let label = Int(labels.values[model * shape.samples + sample])
                // The first of the largest logits; NaN counts as largest.
                let prediction = row.firstIndex(where: \.isNaN) ?? row.firstIndex(of: row.max() ?? 0)
                if prediction == label { correct += 1 }
                // A NaN logit makes every term NaN; `max` would not.
                let largest = row.contains(where: \.isNaN) ? .nan : row.max() ?? 0
                let exponentials = row.map { exp($0 - largest) }
                let sum = exponentials.reduce(0, +)
                lossSum += log(sum) - (row[label] - largest)
                guard let gradient else { continue }
                for unit in row.indices {
                    gradient[model, sample, unit] = stored(
                        (exponentials[unit] / sum - (unit == label ? 1 : 0)) / Double(counts.perModel[model]))
                }
            }
            scores.lossSums[model][step] = stored(lossSum)
            scores.correct[model][step] = correct
        }
        gradient?.clearPadding(counts)
    }

    package func uncheckedSmoothLabels(
        _ smoothing: Parameters, logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation,
        scores: ReferenceScores, step: Int
    ) throws(BackendError) {
        let shape = logits.shape
        for model in 0..<shape.models where smoothing.values[model] != 0 {
            var lossSum = scores.lossSums[model][step]
            for sample in 0..<counts.perModel[model] {
                let row = (0..<shape.channels).map { logits[model, sample, $0] }
                let label = Int(labels.values[model * shape.samples + sample])
                lossSum += smoothing.values[model] * (row[label] - row.reduce(0, +) / Double(shape.channels))
                for unit in row.indices {
                    let change = (unit == label ? 1 : 0) - 1 / Double(shape.channels)
                    gradient[model, sample, unit] = stored(
                        gradient[model, sample, unit]
                            + smoothing.values[model] * change / Double(counts.perModel[model]))
                }
            }
            scores.lossSums[model][step] = stored(lossSum)
        }
    }
}
