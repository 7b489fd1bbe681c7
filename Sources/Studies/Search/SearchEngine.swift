package import BayesianOptimization

/// What decides where a study looks next: an optimiser in the terms of hyperparameters.
package protocol SearchEngine: Sendable {
    /// Whether evaluating the same hyperparameters again is worth it, in other random orders.
    ///
    /// Otherwise a repetition is the same training once more.
    var repeatsInOtherOrders: Bool { get }

    /// Proposes what to evaluate next; the first of several comes first.
    mutating func ask(_ count: Int) throws(OptimizerError) -> [Hyperparameters]

    /// Learns what became of a trial.
    mutating func tell(_ trial: FinishedTrial) throws(OptimizerError)

    /// The surrogate behind the next proposal, fitted to all that was told; none before there is one.
    mutating func surrogate() throws(OptimizerError) -> (any SearchSurrogate)?

    /// What the surrogate recommends; none for an engine that answers with the best trial.
    mutating func recommendation() throws(OptimizerError) -> StudyResults.Recommendation?

    /// Why further trials are not worth it, in words; none if they are.
    mutating func stopReason() throws(OptimizerError) -> String?
}

/// What an engine is told of a trial.
package struct FinishedTrial: Sendable {
    /// What was evaluated.
    package var hyperparameters: Hyperparameters

    /// The mean validation loss, in nats; of a pruned trial what it was expected to become.
    package var loss: Double

    /// The validation loss of each fold after all epochs; none of a pruned trial.
    package var foldLosses: [Double]?

    /// How uncertain the expectation is, of a pruned trial.
    package var forecastDeviation: Double?

    /// How it went.
    package var state: Evaluation.State

    /// What an engine is told of a trial.
    package init(
        hyperparameters: Hyperparameters, loss: Double, foldLosses: [Double]?, forecastDeviation: Double?,
        state: Evaluation.State
    ) {
        self.hyperparameters = hyperparameters
        self.loss = loss
        self.foldLosses = foldLosses
        self.forecastDeviation = forecastDeviation
        self.state = state
    }
}

/// A model of the loss over the hyperparameters.
package protocol SearchSurrogate: Sendable {
    /// The length scale, if there is only one.
    var lengthScale: Double? { get }

    /// The variance of the white noise, if it is part of the model.
    var noiseLevel: Double? { get }

    /// What the acquisition function is called.
    var acquisitionName: String { get }

    /// How distances between learning rates are measured.
    var scale: Scale { get }

    /// What is searched besides the learning rate.
    var others: [Hyperparameter] { get }

    /// The mean and standard deviation of the loss at each point.
    func predict(_ points: [Hyperparameters]) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)]

    /// The acquisition function at each point.
    func acquisition(_ points: [Hyperparameters]) throws(OptimizerError) -> [Double]
}

/// How distances along an axis are measured.
package enum Scale: String, Sendable, CaseIterable {
    /// By differences.
    case linear

    /// By ratios.
    case log
}
