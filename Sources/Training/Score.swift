import Backend
import Platform

/// The mean loss and the accuracy on a set of samples.
package struct Score: Sendable, Equatable {
    /// The mean cross-entropy of the samples, in nats.
    package var loss: Double
    /// The fraction of correctly classified samples, 0...1.
    package var accuracy: Double

    package init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }

    /// The score of all steps of a pass through `samples` samples.
    init(_ steps: [StepScore], samples: Int) {
        loss = steps.reduce(0) { $0 + Double($1.lossSum) } / Double(samples)
        accuracy = Double(steps.reduce(0) { $0 + $1.correct }) / Double(samples)
    }

    /// Whether a model with this final validation loss has diverged: its loss is not finite, or at least 0.95 ln(classes).
    ///
    /// A network that ignores its input predicts the class frequencies; with equal frequencies its loss is ln(classes).
    package func isDiverged(classes: Int) -> Bool { !loss.isFinite || loss >= Self.divergedLoss(classes: classes) }

    /// The smallest final validation loss that counts as diverged.
    package static func divergedLoss(classes: Int) -> Double { 0.95 * log(Double(classes)) }
}
