import Backend
import Platform

/// Mean loss and accuracy over a set of samples.
package struct Score: Sendable, Equatable {
    /// Mean cross-entropy of the samples, in nats.
    package var loss: Double
    /// The share of samples classified correctly, 0...1.
    package var accuracy: Double

    package init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }

    /// The score over all steps of a pass through `samples` samples.
    init(_ steps: [StepScore], samples: Int) {
        loss = steps.reduce(0) { $0 + Double($1.lossSum) } / Double(samples)
        accuracy = Double(steps.reduce(0) { $0 + $1.correct }) / Double(samples)
    }

    /// Whether a model with this final validation loss has diverged: its loss is not finite, or no better than
    /// 0.95 ln(classes).
    ///
    /// A dead network answers with the frequencies of the classes, whose loss is ln(classes).
    package func isDiverged(classes: Int) -> Bool { !loss.isFinite || loss >= Self.divergedLoss(classes: classes) }

    /// The final validation loss from which on a model has diverged.
    package static func divergedLoss(classes: Int) -> Double { 0.95 * log(Double(classes)) }
}
