import NumPyRandom
import Synchronization

/// Finds the parameters of least loss in few evaluations, by asking and being told.
///
/// The optimiser evaluates nothing itself. What it asks depends on nothing but its configuration and what it was told and asked, so
/// an interrupted search goes on as it would have once it is told the same trials in the same order.
///
/// The losses are modelled by a Gaussian process with a Matérn 5/2 kernel and a length scale for each parameter, and the next
/// point is the one with the greatest acquisition function. See <doc:BayesianOptimization> for an example.
public struct BayesianOptimizer: Sendable {
    /// Where the best point is sought.
    public let space: ParameterSpace

    /// The seed of everything that is drawn.
    public let seed: UInt32

    /// How it is sought.
    public let configuration: Configuration

    /// What was told and asked: finished trials in the order in which they were told, then pending ones.
    public var trials: [Trial] { ledger.trials }

    private var ledger: TrialLedger
    private var cache = Cache()

    /// The fit to the finished trials, once it was needed.
    ///
    /// Copies of an optimiser share it until they are told more.
    private final class Cache: Sendable {
        let fit = Mutex<SurrogateFit?>(nil)
    }

    /// An optimiser that knows nothing yet.
    ///
    /// - Throws: ``OptimizerError/invalidHyperparameter(name:value:requirement:)`` for a hyperparameter that is fixed at an
    ///   impossible value, and ``OptimizerError/invalidValue(name:value:requirement:)`` for an initial point that is not in the
    ///   space.
    public init(
        space: ParameterSpace, seed: UInt32, configuration: Configuration = .robust
    ) throws(OptimizerError) {
        try configuration.check()
        if let point = configuration.initialPoint { try space.check(point) }
        self.space = space
        self.seed = seed
        self.configuration = configuration
        ledger = TrialLedger(
            FeatureMap(space, isInNaturalUnits: configuration.surrogate.settings.isInNaturalUnits))
    }

    /// Learns about some trials: about all of them, or about none if an error is thrown.
    ///
    /// A trial that is pending ends when its parameters are told with a loss, or as failed. Other points are welcome too. Complete
    /// trials of the same parameters are separate observations.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space (in
    ///   ``Configuration/reference`` numbers may lie outside), and ``OptimizerError/invalidTrial(reason:)`` for losses and
    ///   variances that are impossible.
    public mutating func tell(_ trials: [Trial]) throws(OptimizerError) {
        var told = ledger
        for trial in trials { try told.learn(trial) }
        // Whether losses are too large for each other shows in all of them.
        _ = try OutcomeTransform(
            of: told.trials.compactMap(\.outcome), hasShortTail: configuration.surrogate.settings.hasShortTail)
        if told.finishedCount > ledger.finishedCount { cache = Cache() }
        ledger = told
    }

    /// Proposes points to evaluate next, and counts them as pending.
    ///
    /// Several points are chosen one after the other. For each one, the pending ones before it count as observations of what
    /// the surrogate predicts, which leaves nothing to learn close to them.
    ///
    /// The random draws of the n-th point, from 0, come from NumPy's `RandomState([seed, 2, n])`, where n is the number of
    /// trials that were told or asked before.
    ///
    /// - Throws: ``OptimizerError/invalidCount(_:)`` for a negative count, and ``OptimizerError/surrogateFailed(reason:)``;
    ///   then nothing has changed.
    public mutating func ask(_ count: Int = 1) throws(OptimizerError) -> [Suggestion] {
        guard count >= 0 else { throw .invalidCount(count) }
        var asked = ledger
        var suggestions: [Suggestion] = []
        for _ in 0..<count {
            let next = try next(after: asked)
            try asked.appendPending(next.parameters)
            suggestions.append(next)
        }
        ledger = asked
        return suggestions
    }

    /// The answer to the search so far, whatever is pending; none without a complete trial.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func recommendation() throws(OptimizerError) -> Recommendation? { try fit()?.recommendation() }

    /// The complete trial of the lowest loss, the first one of several; none without one.
    public var best: Trial? { ledger.best }

    /// The model of the losses of all finished trials; none without a complete trial.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func surrogate() throws(OptimizerError) -> Surrogate? { try fit().map { Surrogate(fit: $0) } }

    /// Why more evaluations are not worth it, whatever is pending; none if they are.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func stopReason() throws(OptimizerError) -> StopReason? { try fit()?.stopReason() }

    /// The surrogate of the finished trials; none without a complete one.
    private func fit() throws(OptimizerError) -> SurrogateFit? {
        guard best != nil else { return nil }
        return try cache.fit.withLock { fit throws(OptimizerError) in
            if let fit { return fit }
            let fresh = try SurrogateFit(to: ledger.finished, configuration, stream: stream(ledger.finishedCount))
            fit = fresh
            return fresh
        }
    }

    private func stream(_ count: Int) -> RandomState {
        RandomState(key: [seed, 2, UInt32(truncatingIfNeeded: count)])
    }

    /// The next point after what was told and asked.
    private func next(after ledger: TrialLedger) throws(OptimizerError) -> Suggestion {
        if ledger.trials.isEmpty, let point = configuration.initialPoint {
            return Suggestion(parameters: space.canonical(point))
        }
        let settings = configuration.surrogate.settings
        var stream = stream(ledger.trials.count)
        guard ledger.trials.count >= settings.initialTrials(axes: space.axes.count), let fit = try fit() else {
            return Suggestion(parameters: space.values(at: ledger.nextOfInitialDesign(&stream)))
        }
        // The first numbers of a stream belong to the fit.
        for _ in 0..<fit.drawCount { _ = stream.double() }
        let (posterior, incumbent) = fit.fantasies(at: ledger.pendingFeatures)
        let objective = AcquisitionObjective(
            map: ledger.map, posterior: posterior, function: fit.function(incumbent: incumbent))
        let mayRepeat = configuration.allowsRepeats && !fit.isNoiseFree
        let excluded = mayRepeat ? [] : Set(ledger.coordinates)
        let isOneNumber = space.axes.count == 1 && space.axes[0].levelCount == nil
        let best =
            settings.isExhaustive && isOneNumber
            ? ExhaustiveSearch(objective: objective, excluded: excluded).maximize(stream: &stream)
            : MultistartSearch(objective, settings, excluded: excluded).maximize(near: fit.centers, stream: &stream)
        return Suggestion(parameters: space.values(at: best.coordinates), acquisition: best.value)
    }
}
