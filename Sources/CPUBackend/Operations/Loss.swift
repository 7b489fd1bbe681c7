package import Backend
internal import Platform

/// Scores as `[model][step]`.
package final class CPUScores: ScoreStorage {
    package let models: Int
    package let steps: Int
    var values: [StepScore]

    init(models: Int, steps: Int) {
        self.models = models
        self.steps = steps
        values = Array(repeating: StepScore(lossSum: 0, correct: 0), count: models * steps)
    }
}

extension CPUBackend {
    package func makeScores(models: Int, steps: Int) throws(BackendError) -> CPUScores {
        CPUScores(models: models, steps: steps)
    }

    package func read(_ scores: CPUScores) throws(BackendError) -> [[StepScore]] {
        (0..<scores.models).map { model in
            Array(scores.values[model * scores.steps..<(model + 1) * scores.steps])
        }
    }

    package func uncheckedSoftmaxCrossEntropy(
        logits: CPUActivation, labels: CPULabels, counts: SampleCounts, gradient: CPUActivation?, scores: CPUScores,
        step: Int
    ) throws(BackendError) {
        let shape = logits.shape
        let (classes, groups) = (shape.channels, logits.groups)
        let (logits, gradient) = (materialized(logits), gradient.map { $0.writer() })
        let losses = try partialSums.reserve(shape.models * shape.samples, of: SampleLoss.self)
        pass(shape.models * groups) { task, _ in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            gradient?(model, group).update(repeating: Vector(), count: classes)
            let first = group * Lanes.width
            for sample in first..<first + used {
                let label = Int(labels.model(model)[sample])
                let entropy = SampleEntropy(logits: logits.sample(model, sample), classes: classes, label: label)
                losses[model * shape.samples + sample] = SampleLoss(
                    loss: entropy.loss, isCorrect: entropy.prediction == label)
                if let gradient {
                    entropy.writeGradient(
                        logits: logits.sample(model, sample), classes: classes, label: label,
                        count: counts.perModel[model], to: gradient.sample(model, sample))
                }
            }
        }
        for model in 0..<shape.models {
            // In Double, so that the error does not grow with the number of samples.
            var lossSum = 0.0
            var correct = 0
            for sample in 0..<counts.perModel[model] {
                lossSum += Double(losses[model * shape.samples + sample].loss)
                if losses[model * shape.samples + sample].isCorrect { correct += 1 }
            }
            scores.values[model * scores.steps + step] = StepScore(lossSum: Float(lossSum), correct: correct)
        }
    }

    package func uncheckedSmoothLabels(
        _ smoothing: CPUParameters, logits: CPUActivation, labels: CPULabels, counts: SampleCounts,
        gradient: CPUActivation, scores: CPUScores, step: Int
    ) throws(BackendError) {
        let (models, classes) = (logits.shape.models, logits.shape.channels)
        let (logits, gradient) = (materialized(logits), materialized(gradient))
        for model in 0..<models {
            let smoothing = smoothing.model(model).pointee
            guard smoothing != 0 else { continue }
            let count = counts.perModel[model]
            let share = smoothing / Float(classes)
            var change = 0.0
            for sample in 0..<count {
                let (row, gradient) = (logits.sample(model, sample), gradient.sample(model, sample))
                let label = Int(labels.model(model)[sample])
                var sum = 0.0
                for index in 0..<classes {
                    sum += Double(row[index * Lanes.width])
                    gradient[index * Lanes.width] += ((index == label ? smoothing : 0) - share) / Float(count)
                }
                change += Double(row[label * Lanes.width]) - sum / Double(classes)
            }
            let slot = model * scores.steps + step
            scores.values[slot].lossSum = Float(Double(scores.values[slot].lossSum) + Double(smoothing) * change)
        }
    }
}

/// The contribution of a sample to a score.
private struct SampleLoss: BitwiseCopyable {
    let loss: Float
    let isCorrect: Bool
}

/// Softmax and cross-entropy of one sample, whose logits are at a distance of ``Lanes/width`` floats.
private struct SampleEntropy {
    /// The largest logit.
    let maximum: Float
    /// `sum exp(z - maximum)`.
    let sum: Float
    let loss: Float
    let prediction: Int

    init(logits: UnsafePointer<Float>, classes: Int, label: Int) {
        var maximum = logits[0]
        var prediction = 0
        for index in 1..<max(classes, 1) {
            let logit = logits[index * Lanes.width]
            // NaN counts as largest: no later logit replaces it.
            if logit > maximum || (logit.isNaN && !maximum.isNaN) {
                maximum = logit
                prediction = index
            }
        }
        var sum: Float = 0
        for index in 0..<classes { sum += expf(logits[index * Lanes.width] - maximum) }
        self.maximum = maximum
        self.sum = sum
        self.prediction = prediction
        loss = logf(sum) - (logits[label * Lanes.width] - maximum)
    }

    /// The gradient of the mean loss over `count` samples.
    func writeGradient(
        logits: UnsafePointer<Float>, classes: Int, label: Int, count: Int, to gradient: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<classes {
            let probability = expf(logits[index * Lanes.width] - maximum) / sum
            gradient[index * Lanes.width] = (probability - (index == label ? 1 : 0)) / Float(count)
        }
    }
}
