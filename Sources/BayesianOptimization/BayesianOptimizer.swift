import NumPyRandom
import Synchronization

/// Finds the parameters of least loss in few evaluations, through an interface of `ask` and `tell`.
///
/// The optimiser evaluates nothing itself. Its suggestions depend only on the space, the seed, the configuration and
/// the trials. So an interrupted search continues unchanged after ``tell(_:)`` with the same trials in the same order.
///
/// The losses are modelled by a Gaussian process with a Matérn 5/2 kernel and a length scale for each parameter, and the next
/// point is the one with the greatest acquisition function. See <doc:BayesianOptimization> for an example.
public struct BayesianOptimizer: Sendable {
    /// The space that is searched.
    public let space: ParameterSpace

    /// The seed of all random draws.
    public let seed: UInt32

    /// The surrogate, the acquisition function, and what the answer is.
    public let configuration: Configuration

    /// All trials: the finished ones in the order of ``tell(_:)``, then the pending ones.
    public var trials: [Trial] { ledger.trials }

    private var ledger: TrialLedger
    private var cache = Cache()

    /// The fit to the finished trials, made when it is first needed.
    ///
    /// Copies of an optimiser share it until one of them has more finished trials.
    private final class Cache: Sendable {
        let fit = Mutex<SurrogateFit?>(nil)
    }

    /// Creates an optimiser without trials.
    ///
    /// - Throws: ``OptimizerError/invalidHyperparameter(name:value:requirement:)`` for a hyperparameter that is fixed
    ///   at an invalid value, and ``OptimizerError/invalidValue(name:value:requirement:)`` for an initial point that is
    ///   not in the space.
    public init(
        space: ParameterSpace, seed: UInt32, configuration: Configuration = .robust
    ) throws(OptimizerError) {
        try configuration.check()
        if let point = configuration.initialPoint { try space.check(point) }
        self.space = space
        self.seed = seed
        self.configuration = configuration
        ledger = TrialLedger(
            FeatureMap(
                space, isInNaturalUnits: configuration.surrogate.settings.isInNaturalUnits,
                allowsOutside: configuration.allowsOutside))
    }

    /// Adds trials: all of them, or none if an error is thrown.
    ///
    /// A finished trial replaces the pending one with the same parameters, but for rounding: up to 10⁻⁶ of a parameter's
    /// range, single precision, or a text with at least six significant digits. A lost trial removes the pending one, and is
    /// otherwise forgotten. Points that were never suggested are accepted too. Complete trials with the same parameters are
    /// separate observations.
    ///
    /// - Throws: ``OptimizerError/invalidObservation(number:error:)`` for a point that is not in the space (see
    ///   ``ParameterSpace/check(_:)``; in ``Configuration/reference``, and with ``Configuration/allowsOutside``, numbers may
    ///   lie outside), and for invalid losses and variances.
    public mutating func tell(_ trials: [Trial]) throws(OptimizerError) {
        var told = ledger
        for (index, trial) in trials.enumerated() {
            do throws(OptimizerError) { try told.learn(trial) } catch {
                throw .invalidObservation(number: index + 1, error: error)
            }
        }
        if told.finishedCount > ledger.finishedCount { cache = Cache() }
        ledger = told
    }

    /// Suggests points to evaluate next, and adds them as pending trials.
    ///
    /// Several points are chosen one after the other. Each pending point counts as a fantasy, an observation of the
    /// loss that the surrogate predicts there. That lowers the uncertainty near it, so the next point lies elsewhere.
    /// In ``Configuration/robust`` it differs from every pending point by at least a thousandth of the range of some real
    /// parameter, if there is one, or in another parameter.
    ///
    /// The random draws of the n-th point, from 0, come from NumPy's `RandomState([seed, 2, n])`, where n is the number
    /// of trials before it.
    ///
    /// - Throws: ``OptimizerError/invalidCount(_:)`` for a negative count, and
    ///   ``OptimizerError/surrogateFailed(reason:)``; then the trials are unchanged.
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

    /// The answer to the search so far, which pending trials do not change; `nil` without a complete trial.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func recommendation() throws(OptimizerError) -> Recommendation? { try fit()?.recommendation() }

    /// The complete trial of the lowest loss, the first of equal ones; `nil` without a complete trial.
    public var best: Trial? { ledger.best }

    /// The model of the losses of all finished trials; `nil` without a complete trial.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func surrogate() throws(OptimizerError) -> Surrogate? { try fit().map { Surrogate(fit: $0) } }

    /// The reason to end the search, which pending trials do not change; `nil` while another evaluation is worth it.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func stopReason() throws(OptimizerError) -> StopReason? { try fit()?.stopReason() }

    /// The surrogate of the finished trials; `nil` without a complete one.
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

    /// The suggestion that follows the trials of a ledger.
    private func next(after ledger: TrialLedger) throws(OptimizerError) -> Suggestion {
        if ledger.trials.isEmpty, let point = configuration.initialPoint {
            return Suggestion(parameters: space.canonical(point))
        }
        let settings = configuration.surrogate.settings
        var stream = stream(ledger.trials.count)
        guard !settings.isInitial(ledger), let fit = try fit() else {
            let allowed =
                settings.separatesPoints
                ? AllowedPoints(after: ledger, settings, allowsRepeats: false) : AllowedPoints(of: space)
            return Suggestion(parameters: space.values(at: ledger.nextOfInitialDesign(among: allowed, &stream)))
        }
        // The first numbers of a stream belong to the fit.
        for _ in 0..<fit.drawCount { _ = stream.double() }
        let objective = fit.objective(pending: ledger.pendingFeatures)
        let allowed = AllowedPoints(after: ledger, settings, allowsRepeats: fit.allowsRepeats)
        let isOneNumber = space.axes.count == 1 && space.axes[0].levelCount == nil
        let best =
            if settings.isExhaustive, isOneNumber {
                ExhaustiveSearch(objective: objective, excluded: allowed.excluded).maximize(stream: &stream)
            } else if settings.separatesPoints, let count = space.pointCount, count <= FiniteSearch.limit {
                FiniteSearch(objective: objective, allowed: allowed).maximize(stream: &stream)
            } else {
                MultistartSearch(objective, settings, allowed: allowed).maximize(near: fit.centers, stream: &stream)
            }
        return Suggestion(
            parameters: space.values(at: best.coordinates), acquisition: best.value.isFinite ? best.value : nil)
    }
}
