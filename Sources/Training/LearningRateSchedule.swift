import NeuralNetwork
import Platform

/// How the learning rate changes from step to step: PyTorch's schedulers, stepped once after every gradient step.
package enum LearningRateSchedule: String, Sendable, CaseIterable {
    /// It stays as it is.
    case constant

    /// `MultiStepLR`: a tenth after half of the steps, and a hundredth after three quarters.
    case step

    /// `CosineAnnealingLR` down to 0: half a cosine over all steps.
    case cosine

    /// The part of its steps after which ``step`` divides the rate by ten, in quarters.
    private static let milestones = [2, 3]

    /// The factor that a milestone of ``step`` has: `gamma` of `MultiStepLR`.
    private static let decay = 0.1

    /// The factor of the first step of a warm-up: `start_factor` of `LinearLR`.
    private static let warmUpStart = 0.01

    /// The factor of the learning rate in a step.
    ///
    /// The warm-up is `LinearLR(start_factor=0.01, total_iters=warmUp)`. The schedule begins after it (`SequentialLR`), and has
    /// the steps that are left.
    /// - Parameters:
    ///   - step: the number of the step, from 0.
    ///   - steps: the number of all steps of the training.
    ///   - warmUp: the number of steps of the warm-up.
    package func factor(ofStep step: Int, of steps: Int, warmUp: Int) -> Double {
        guard step >= warmUp else {
            return Self.warmUpStart + (1 - Self.warmUpStart) * Double(step) / Double(warmUp)
        }
        let (step, steps) = (step - warmUp, steps - warmUp)
        switch self {
        case .constant: return 1
        case .step:
            return Self.milestones.filter { step >= $0 * steps / 4 }.reduce(1) { factor, _ in factor * Self.decay }
        case .cosine: return (1 + cos(.pi * Double(step) / Double(steps))) / 2
        }
    }
}

extension TrainingConfiguration {
    /// Whether the steps of a training have different learning rates.
    func changesLearningRate(_ settings: TrainingSettings) -> Bool { settings.schedule != .constant || warmUp > 0 }

    /// The learning rates of an epoch, one for each step.
    ///
    /// - Parameters:
    ///   - epoch: the number of the epoch, from 0.
    ///   - samples: the number of training samples of the model.
    func learningRates(ofEpoch epoch: Int, samples: Int, _ settings: TrainingSettings) -> [Double] {
        let steps = (samples + batchSize - 1) / batchSize
        let all = settings.epochs * steps
        let warmUpSteps = Int(min((warmUp * Double(steps)).rounded(), Double(all)))
        return (epoch * steps..<(epoch + 1) * steps).map {
            step.learningRate * settings.schedule.factor(ofStep: $0, of: all, warmUp: warmUpSteps)
        }
    }
}
