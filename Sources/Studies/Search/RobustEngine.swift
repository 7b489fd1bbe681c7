package import BayesianOptimization

/// The preset `robust`: several hyperparameters on axes of their own, with the noise that the folds show.
///
/// Trials are told to the optimiser as they are understood now: how noisy the mean of a trial is, is estimated from the folds of
/// all trials (``FoldNoise``), so every new trial improves what is known of the others. A diverged trial is told as failed,
/// whatever its loss; a pruned one with the loss it was expected to become, and how uncertain that is.
package struct RobustEngine: SearchEngine {
    private let space: HyperparameterSpace
    private let first: Hyperparameters
    private let seed: UInt32
    private let acquisition: Acquisition
    private var finished: [FinishedTrial] = []
    /// The optimiser that knows all finished trials, until something is told.
    private var current: AskTellOptimizer?

    /// An engine that knows nothing yet.
    ///
    /// - Parameters:
    ///   - space: What is searched, and where.
    ///   - initial: The learning rate of the first trial.
    ///   - seed: The seed of everything that is drawn.
    ///   - acquisition: What is maximised to find the next trial.
    package init(
        space: HyperparameterSpace, initial: Double, seed: UInt32,
        acquisition: Acquisition = .logExpectedImprovement
    ) {
        self.space = space
        self.first = space.first(learningRate: initial)
        self.seed = seed
        self.acquisition = acquisition
    }

    package var repeatsInOtherOrders: Bool { true }

    package mutating func ask(_ count: Int) throws(OptimizerError) -> [Hyperparameters] {
        guard finished.isEmpty else {
            var optimizer = try optimizer()
            return try optimizer.ask(count).map { space.hyperparameters(at: $0.parameters) }
        }
        var optimizer = try optimizer()
        try optimizer.tell([Trial(space.point(of: first), .pending)])
        return [first] + (try optimizer.ask(count - 1).map { space.hyperparameters(at: $0.parameters) })
    }

    package mutating func tell(_ trial: FinishedTrial) throws(OptimizerError) {
        finished.append(trial)
        current = nil
    }

    package mutating func surrogate() throws(OptimizerError) -> (any SearchSurrogate)? {
        var optimizer = try optimizer()
        guard let surrogate = try optimizer.surrogate() else { return nil }
        current = optimizer
        return View(surrogate: surrogate, space: space, acquisition: acquisition)
    }

    package mutating func recommendation() throws(OptimizerError) -> StudyResults.Recommendation? {
        var optimizer = try optimizer()
        guard let recommendation = try optimizer.recommendation() else { return nil }
        current = optimizer
        return StudyResults.Recommendation(
            hyperparameters: space.hyperparameters(at: recommendation.parameters), mean: recommendation.mean,
            standardDeviation: recommendation.standardDeviation)
    }

    package mutating func stopReason() throws(OptimizerError) -> String? {
        var optimizer = try optimizer()
        let reason = try optimizer.stopReason()
        current = optimizer
        return reason
    }

    private mutating func optimizer() throws(OptimizerError) -> AskTellOptimizer {
        if let current { return current }
        var optimizer = AskTellOptimizer(space: space.parameters, seed: seed, acquisition: acquisition)
        try optimizer.tell(trials())
        current = optimizer
        return optimizer
    }

    /// What is known of the finished trials.
    private func trials() throws(OptimizerError) -> [Trial] {
        let losses = finished.map { $0.state == .complete ? $0.foldLosses : nil }
        var variances = (FoldNoise.variances(losses.compactMap { $0 }) ?? []).makeIterator()
        return zip(finished, losses).map { trial, losses in
            let point = space.point(of: trial.hyperparameters)
            switch trial.state {
            case .diverged: return Trial(point, .failed)
            case .complete:
                return Trial(point, .complete(loss: trial.loss, variance: losses == nil ? nil : variances.next()))
            case .pruned:
                guard trial.loss.isFinite, let deviation = trial.forecastDeviation else { return Trial(point, .failed) }
                return Trial(point, .complete(loss: trial.loss, variance: deviation * deviation))
            }
        }
    }

    private struct View: SearchSurrogate {
        let surrogate: ParameterSurrogate
        let space: HyperparameterSpace
        let acquisition: Acquisition

        /// That along the learning rate.
        var lengthScale: Double? { surrogate.lengthScales.first }
        var noiseLevel: Double? { nil }
        var acquisitionName: String { acquisition.name }
        var scale: Scale { space.scale }

        func predict(
            _ points: [Hyperparameters]
        ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
            try surrogate.predict(points.map(space.point))
        }

        func acquisition(_ points: [Hyperparameters]) throws(OptimizerError) -> [Double] {
            try surrogate.acquisition(points.map(space.point))
        }
    }
}

extension Acquisition {
    /// What stands at its axis.
    fileprivate var name: String {
        switch self {
        case .logExpectedImprovement: "log expected improvement"
        case .lowerConfidenceBound: "2 σ − mean, transformed"
        case .probabilityOfImprovement: "log probability of improvement"
        }
    }
}
