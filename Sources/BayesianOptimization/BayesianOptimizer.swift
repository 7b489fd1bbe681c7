import NumPyRandom

/// Finds the point of least loss in few evaluations, by asking and being told.
///
/// This is the preset ``Preset/reference``: what is usually built from scikit-learn and SciPy, for one number on a linear axis.
/// ``AskTellOptimizer`` finds better points in fewer evaluations, and takes several parameters.
///
/// The optimiser never evaluates anything itself. What it asks depends on nothing but its settings and what it was told, so a
/// study that was interrupted goes on as it would have once the same observations are told again.
public struct BayesianOptimizer: Sendable {
    /// Where the best point is sought.
    public let space: SearchSpace

    /// The first point to ask for; without one it is drawn at random.
    public let initial: Double?

    /// The seed of everything that is drawn.
    public let seed: UInt32

    /// The length scale of the surrogate, if it is not to be fitted.
    public let fixedLengthScale: Double?

    /// The noise level of the surrogate, if it is not to be fitted.
    public let fixedNoiseLevel: Double?

    /// What was told, in that order.
    public private(set) var observations: [Observation] = []

    /// An optimiser that knows nothing yet.
    ///
    /// - Parameters:
    ///   - space: Where to look.
    ///   - initial: The first point to ask for; without one it is drawn at random.
    ///   - seed: The seed of everything that is drawn.
    ///   - fixedLengthScale: The length scale of the surrogate in the units of x, if it is not to be fitted.
    ///   - fixedNoiseLevel: The variance of the surrogate's white noise in units of the variance of the losses, if it is
    ///     not to be fitted; it may be 0.
    /// - Throws: ``OptimizerError/initialOutsideSpace(x:space:)`` and
    ///   ``OptimizerError/invalidHyperparameter(name:value:requirement:)``.
    public init(
        space: SearchSpace, initial: Double?, seed: UInt32, fixedLengthScale: Double? = nil,
        fixedNoiseLevel: Double? = nil
    ) throws(OptimizerError) {
        if let initial, !space.range.contains(initial) {
            throw .initialOutsideSpace(x: initial, space: space)
        }
        if let value = fixedLengthScale, !(value > 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "length scale", value: value, requirement: "positive and finite")
        }
        if let value = fixedNoiseLevel, !(value >= 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "noise level", value: value, requirement: "zero or positive, and finite")
        }
        self.space = space
        self.initial = initial
        self.seed = seed
        self.fixedLengthScale = fixedLengthScale
        self.fixedNoiseLevel = fixedNoiseLevel
    }

    /// The observation of the lowest loss, the first one of several; none before the first.
    public var best: Observation? {
        observations.min { $0.loss < $1.loss }
    }

    /// Proposes where to evaluate the objective next.
    ///
    /// Without observations that is the initial point. Otherwise a surrogate is fitted to the observations, and the
    /// point of the greatest acquisition function is proposed. Asking changes nothing: asked again, the answer is the same.
    ///
    /// The random starting points after n observations are drawn from NumPy's `RandomState([seed, 2, n])`: those of the
    /// hyperparameters first, in the logarithms of their bounds, then those of the acquisition function.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public func ask() throws(OptimizerError) -> Proposal {
        var stream = RandomState(key: [seed, 2, UInt32(observations.count)])
        if observations.isEmpty {
            let x = initial ?? stream.uniform(space.lower, space.upper)
            return Proposal(x: x, acquisition: nil, surrogate: nil)
        }
        let settings = ReferenceSettings()
        let surrogate = try Surrogate(
            of: observations, settings: settings, fixedLengthScale: fixedLengthScale, fixedNoiseLevel: fixedNoiseLevel,
            draw: { stream.uniform($0.lowerBound, $0.upperBound) })
        let starts = (0..<settings.acquisitionStarts).map { _ in stream.uniform(space.lower, space.upper) }
        let suggestion = try surrogate.suggestion(in: space, starts: starts)
        return Proposal(x: suggestion.x, acquisition: suggestion.acquisition, surrogate: surrogate)
    }

    /// Learns what the objective returned at a point, whether the point was asked for or not.
    ///
    /// Points outside of the search space are welcome too: they inform the surrogate, and can be ``best``.
    ///
    /// - Throws: ``OptimizerError/pointNotFinite(x:)`` and ``OptimizerError/lossNotFinite(x:loss:)``; then nothing was
    ///   learned.
    public mutating func tell(_ observation: Observation) throws(OptimizerError) {
        guard observation.x.isFinite else { throw .pointNotFinite(x: observation.x) }
        guard observation.loss.isFinite else { throw .lossNotFinite(x: observation.x, loss: observation.loss) }
        observations.append(observation)
    }
}
