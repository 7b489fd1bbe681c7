/// One evaluation of a study's objective, as it is recorded.
package struct Evaluation: Sendable, Equatable, Encodable {
    /// How an evaluation went.
    package enum State: String, Sendable, Encodable {
        /// The network learned in every fold.
        case complete

        /// The training diverged in at least one fold.
        case diverged
    }

    /// The number of the evaluation, from 1.
    package let iteration: Int

    /// The learning rate that was evaluated.
    package let learningRate: Double

    /// The mean of the folds' validation losses, in nats; not finite if one of them is not.
    package let validationLoss: Double

    /// How it went.
    package let state: State

    /// The outcome of each fold.
    package let folds: [FoldOutcome]

    /// The length scale of the surrogate that proposed the learning rate; none for the first.
    package let lengthScale: Double?

    /// The noise level of the surrogate that proposed the learning rate; none for the first.
    package let noiseLevel: Double?
}
