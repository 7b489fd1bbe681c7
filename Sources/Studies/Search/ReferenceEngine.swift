package import BayesianOptimization

/// The preset `reference`: one learning rate at a time, by what scikit-learn and SciPy do.
///
/// Its answer is the best trial, and it never ends a study.
package struct ReferenceEngine: SearchEngine {
    private var optimizer: BayesianOptimizer
    /// The hyperparameters that are not searched.
    private let fixed: Hyperparameters
    /// The last proposal, until something is told.
    private var proposal: Proposal?

    /// An engine for an optimiser that knows nothing yet.
    ///
    /// - Parameter fixed: The hyperparameters that are not searched.
    package init(_ optimizer: BayesianOptimizer, fixed: Hyperparameters) {
        precondition(optimizer.observations.isEmpty, "a study begins with an optimiser that knows nothing yet")
        self.optimizer = optimizer
        self.fixed = fixed
    }

    package var repeatsInOtherOrders: Bool { false }

    /// - Precondition: One proposal is asked for.
    package mutating func ask(_ count: Int) throws(OptimizerError) -> [Hyperparameters] {
        precondition(count == 1, "the reference proposes one point at a time")
        var point = fixed
        point.learningRate = try currentProposal().x
        return [point]
    }

    package mutating func tell(_ trial: FinishedTrial) throws(OptimizerError) {
        try optimizer.tell(Observation(x: trial.hyperparameters.learningRate, loss: trial.loss))
        proposal = nil
    }

    package mutating func surrogate() throws(OptimizerError) -> (any SearchSurrogate)? {
        try currentProposal().surrogate.map(View.init)
    }

    package func recommendation() -> StudyResults.Recommendation? { nil }
    package func stopReason() -> String? { nil }

    private mutating func currentProposal() throws(OptimizerError) -> Proposal {
        if let proposal { return proposal }
        let fresh = try optimizer.ask()
        proposal = fresh
        return fresh
    }

    private struct View: SearchSurrogate {
        let surrogate: Surrogate
        var lengthScale: Double? { surrogate.lengthScale }
        var noiseLevel: Double? { surrogate.noiseLevel }
        var acquisitionName: String { "expected improvement" }
        var scale: Scale { .linear }
        var others: [Hyperparameter] { [] }

        func predict(
            _ points: [Hyperparameters]
        ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
            try surrogate.predict(points.map(\.learningRate))
        }

        func acquisition(_ points: [Hyperparameters]) throws(OptimizerError) -> [Double] {
            try surrogate.acquisition(points.map(\.learningRate))
        }
    }
}
