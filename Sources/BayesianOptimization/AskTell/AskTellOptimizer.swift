import GaussianProcess
import Glibc
import NumPyRandom

/// Finds the parameters of least loss in few evaluations, by asking and being told.
///
/// The optimiser evaluates nothing itself. What it asks depends on nothing but its settings and what it was told and asked, so an
/// interrupted search goes on as it would have once it is told the same trials in the same order.
///
/// The losses are modelled by a Gaussian process with a Matérn 5/2 kernel and a length scale for each parameter, at its
/// most probable hyperparameters, and the next point is the one with the greatest acquisition function of the noise-free
/// posterior. See <doc:BayesianOptimization> for an example.
public struct AskTellOptimizer: Sendable {
    /// Where to evaluate next.
    public struct Suggestion: Sendable {
        /// The value of every parameter, by its name.
        public var parameters: [String: ParameterValue]

        /// The acquisition function there; none for one of the first points, which are spread over the space.
        public var acquisition: Double?
    }

    /// What the optimiser would choose now.
    public struct Recommendation: Sendable {
        /// The value of every parameter, by its name.
        public var parameters: [String: ParameterValue]

        /// The loss that is expected there, without noise.
        public var mean: Double

        /// The standard deviation of the loss around it.
        public var standardDeviation: Double
    }

    /// Where the best point is sought.
    public let space: ParameterSpace

    /// The seed of everything that is drawn.
    public let seed: UInt32

    /// What is maximised to find the next point.
    public let acquisition: Acquisition

    /// Whether a point may be proposed that was evaluated before.
    ///
    /// That is of use where noise differs from time to time, and never done where losses are exact.
    public let allowsRepeats: Bool

    /// What was told and asked: finished trials in the order in which they were told, then pending ones.
    public private(set) var trials: [Trial] = []

    package var settings = SurrogateSettings()

    /// The coordinates of each trial.
    private var places: [[Double]] = []

    /// The surrogate of the finished trials, once it was needed.
    private var fitted: FittedSurrogate?

    /// An optimiser that knows nothing yet.
    ///
    /// - Parameters:
    ///   - space: Where to look.
    ///   - seed: The seed of everything that is drawn.
    ///   - acquisition: What is maximised to find the next point.
    ///   - allowsRepeats: Whether to propose points again that were evaluated before.
    ///   - fixedLengthScale: The length scale of every parameter in units of its axis, if it is not to be fitted.
    ///   - fixedNoiseLevel: The variance of unknown noise in units of the variance of the transformed losses, if it is not to
    ///     be fitted; it may be 0.
    /// - Throws: ``OptimizerError/invalidHyperparameter(name:value:requirement:)``.
    public init(
        space: ParameterSpace, seed: UInt32, acquisition: Acquisition = .logExpectedImprovement,
        allowsRepeats: Bool = true, fixedLengthScale: Double? = nil, fixedNoiseLevel: Double? = nil
    ) throws(OptimizerError) {
        if let value = fixedLengthScale, !(value > 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "length scale", value: value, requirement: "positive and finite")
        }
        if let value = fixedNoiseLevel, !(value >= 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "noise level", value: value, requirement: "zero or positive, and finite")
        }
        settings.fixedLengthScale = fixedLengthScale
        settings.fixedNoise = fixedNoiseLevel
        self.space = space
        self.seed = seed
        self.acquisition = acquisition
        self.allowsRepeats = allowsRepeats
    }

    /// Learns about some trials: about all of them, or about none if an error is thrown.
    ///
    /// A trial that is pending ends when its parameters are told with a loss, or as failed. Other points are welcome too. Complete
    /// trials of the same parameters are separate observations.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for a point that is not in the space, and
    ///   ``OptimizerError/invalidTrial(reason:)`` for losses and variances that are impossible.
    public mutating func tell(_ news: [Trial]) throws(OptimizerError) {
        var told = self
        for trial in news { try told.learn(trial) }
        // Whether losses are too large for each other shows in all of them.
        _ = try OutcomeTransform(of: told.trials.compactMap(\.outcome))
        self = told
    }

    private mutating func learn(_ trial: Trial) throws(OptimizerError) {
        let place = try space.coordinates(of: trial.parameters)
        if case .complete(let loss, let variance) = trial.state {
            guard loss.isFinite else { throw .invalidTrial(reason: "its loss is \(loss), which is not finite") }
            if let variance, !(variance >= 0 && variance.isFinite) {
                throw .invalidTrial(reason: "its variance is \(variance), and must be finite and not negative")
            }
        }
        let pending = trials.firstIndex { $0.state == .pending && $0.parameters == trial.parameters }
        if trial.state == .pending {
            guard pending == nil else { return }
            trials.append(trial)
            places.append(place)
            return
        }
        if let pending {
            trials.remove(at: pending)
            places.remove(at: pending)
        }
        let position = trials.firstIndex { $0.state == .pending } ?? trials.count
        trials.insert(trial, at: position)
        places.insert(place, at: position)
        fitted = nil
    }

    /// Proposes points to evaluate next, and counts them as pending.
    ///
    /// Several points are chosen one after the other. Each one believes that the pending ones before it return what the
    /// surrogate predicts, which leaves nothing to learn close to them.
    ///
    /// The random draws of the n-th point, from 0, come from NumPy's `RandomState([seed, 2, n])`, where n is the number of
    /// trials that were told or asked before.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``; then nothing has changed.
    public mutating func ask(_ count: Int = 1) throws(OptimizerError) -> [Suggestion] {
        precondition(count >= 0, "\(count) points can't be asked for")
        var asked = self
        var suggestions: [Suggestion] = []
        for _ in 0..<count {
            let next = try asked.next()
            let parameters = space.values(at: next.coordinates)
            try asked.places.append(space.coordinates(of: parameters))
            asked.trials.append(Trial(parameters, .pending))
            suggestions.append(
                Suggestion(parameters: parameters, acquisition: next.value.isNaN ? nil : next.value))
        }
        self = asked
        return suggestions
    }

    /// What the optimiser would choose now; none without a complete trial.
    ///
    /// It is the point where mean plus half the standard deviation of the loss is least: not the luckiest trial, and not a promise either.
    /// It need not have been evaluated. (After more than 200 trials, it is one that was.)
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public mutating func recommendation() throws(OptimizerError) -> Recommendation? {
        guard let fitted = try fit(), let place = recommended(fitted) else { return nil }
        let (mean, deviation) = surrogate(fitted).predict(features: [space.features(at: place)])[0]
        return Recommendation(parameters: space.values(at: place), mean: mean, standardDeviation: deviation)
    }

    private func recommended(_ fitted: FittedSurrogate) -> [Double]? {
        let safety = AcquisitionFunction.lowerConfidenceBound(beta: -settings.caution)
        let complete = places.indices.filter { trials[$0].loss != nil }
        let predictions = fitted.posterior.predict(at: complete.map { space.features(at: places[$0]) })
        let values = predictions.map { safety.evaluate($0).value }
        guard let best = values.indices.max(by: { values[$0] < values[$1] }) else { return nil }
        let place = places[complete[best]]
        guard complete.count <= settings.fitLimit else { return place }
        var stream = RandomState(key: [seed, 2, UInt32(truncatingIfNeeded: trials.count)])
        let found = search(for: safety, posterior: fitted.posterior, isBrief: true).maximize(
            near: centers(fitted), stream: &stream)
        // Where the surrogate sees no difference, an evaluated point is the better answer.
        return found.value > values[best] + 1e-6 ? found.coordinates : place
    }

    /// The coordinates of the trials of the lowest posterior means.
    private func centers(_ fitted: FittedSurrogate) -> [[Double]] {
        let complete = trials.indices.filter { trials[$0].loss != nil }
        let ranked = fitted.means.indices.sorted { (fitted.means[$0], $0) < (fitted.means[$1], $1) }
        return ranked.prefix(4).map { places[complete[$0]] }
    }

    /// The complete trial of the lowest loss, the first one of several; none without one.
    public var best: Trial? {
        trials.filter { $0.loss != nil }.min { ($0.loss ?? 0) < ($1.loss ?? 0) }
    }

    /// The model of the losses that the next point would be chosen by; none without a complete trial.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public mutating func surrogate() throws(OptimizerError) -> ParameterSurrogate? {
        try fit().map(surrogate)
    }

    private func surrogate(_ fitted: FittedSurrogate) -> ParameterSurrogate {
        ParameterSurrogate(
            space: space, fitted: fitted,
            function: acquisition.function(incumbent: fitted.incumbent, settings: settings))
    }

    /// Why more evaluations are not worth it, in words; none if they are.
    ///
    /// That is so when the point of the greatest expected improvement is expected to improve on the best by less than a third of
    /// the noise of the best trial, or, where losses are exact, by less than a ten-thousandth of the spread of all losses.
    ///
    /// The uncertainty of the best is no measure: it shrinks as the improvement does, and a search would never end.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)``.
    public mutating func stopReason() throws(OptimizerError) -> String? {
        let complete = trials.filter { $0.loss != nil }.count
        guard complete > settings.initialTrials(space.axes.count) + space.axes.count, let fitted = try fit(),
            let recommendation = try recommendation()
        else { return nil }
        let losses = trials.compactMap(\.loss)
        let mean = losses.reduce(0, +) / Double(losses.count)
        let spread = (losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count)).squareRoot()
        let improvement = AcquisitionFunction.logExpectedImprovement(incumbent: fitted.incumbent)
        var stream = RandomState(key: [seed, 2, UInt32(truncatingIfNeeded: trials.count)])
        let greatest = search(for: improvement, posterior: fitted.posterior, isBrief: true).maximize(
            near: centers(fitted), stream: &stream)
        let expected = exp(greatest.value) / fitted.transform.slope(at: recommendation.mean)
        let threshold = fitted.isNoiseFree ? 1e-4 * spread : noise(fitted) / 3
        guard expected < threshold else { return nil }
        let words =
            fitted.isNoiseFree
            ? "a ten-thousandth of the spread of the losses" : "a third of the noise of the best"
        return "the next evaluation is expected to lower the loss by \(short(expected)), less than \(words) "
            + "(\(short(threshold)))"
    }

    /// The standard deviation of the noise in the loss of the best trial, as far as that is known, otherwise as it was estimated.
    private func noise(_ fitted: FittedSurrogate) -> Double {
        guard let best, case .complete(let loss, let variance) = best.state else { return 0 }
        return variance?.squareRoot()
            ?? fitted.posterior.hyperparameters.noise.squareRoot() / fitted.transform.slope(at: loss)
    }

    /// The surrogate of the finished trials; none without a complete one.
    private mutating func fit() throws(OptimizerError) -> FittedSurrogate? {
        if let fitted { return fitted }
        guard trials.contains(where: { $0.loss != nil }) else { return nil }
        var data: [FittedSurrogate.Datum] = []
        for (trial, place) in zip(trials, places) {
            let features = space.features(at: place)
            switch trial.state {
            case .complete(let loss, let variance):
                data.append(FittedSurrogate.Datum(features: features, loss: loss, variance: variance))
            case .failed: data.append(FittedSurrogate.Datum(features: features))
            case .pending: break
            }
        }
        fitted = try FittedSurrogate(to: data, axes: space.featureAxes, settings: settings)
        return fitted
    }

    /// The next point, with its acquisition function; NaN for one that no surrogate chose.
    private mutating func next() throws(OptimizerError) -> AcquisitionSearch.Place {
        var stream = RandomState(key: [seed, 2, UInt32(truncatingIfNeeded: trials.count)])
        guard trials.count >= settings.initialTrials(space.axes.count), let fitted = try fit() else {
            return AcquisitionSearch.Place(coordinates: spread(&stream), value: .nan)
        }
        var posterior = fitted.posterior
        var incumbent = fitted.incumbent
        for (trial, place) in zip(trials, places) where trial.state == .pending {
            let features = space.features(at: place)
            incumbent = min(incumbent, posterior.mean(at: features))
            let noise = max(posterior.hyperparameters.noise, 1e-6)
            // Where rounding leaves no factor, nothing is left to believe either.
            if let believing = try? posterior.believing(at: features, noise: noise) { posterior = believing }
        }
        let function = acquisition.function(incumbent: incumbent, settings: settings)
        let repeats = allowsRepeats && !fitted.isNoiseFree
        return search(for: function, posterior: posterior, excluded: repeats ? [] : Set(places))
            .maximize(near: centers(fitted), stream: &stream)
    }

    /// A search for the maximum of a function of the posterior.
    ///
    /// - Parameter isBrief: Whether a quarter of the effort is enough.
    private func search(
        for function: AcquisitionFunction, posterior: ARDPosterior, excluded: Set<[Double]> = [], isBrief: Bool = false
    ) -> AcquisitionSearch {
        let many = posterior.observations.count > settings.fitLimit
        return AcquisitionSearch(
            space: space,
            candidates: isBrief
                ? (settings.candidates.space / 4, settings.candidates.near / 4) : settings.candidates,
            climbs: isBrief ? 2 : many ? settings.climbsOfMany : settings.climbs, excluded: excluded
        ) { points in
            posterior.predict(at: points).map { function.evaluate($0).value }
        } gradient: { features in
            let (prediction, byMean, byDeviation) = posterior.predictWithGradient(at: features)
            let value = function.evaluate(prediction)
            return (
                value.value,
                zip(byMean, byDeviation).map { value.byMean * $0 + value.byStandardDeviation * $1 }
            )
        }
    }

    /// A point far from all others: of some random ones the one whose nearest neighbour is farthest, where a face of the cube
    /// counts as the mirror in which a point sees itself.
    private func spread(_ stream: inout RandomState) -> [Double] {
        var best = (coordinates: [Double](), distance: -1.0)
        for _ in 0..<(trials.isEmpty ? 1 : 64) {
            let coordinates = space.axes.map { $0.coordinate(uniform: stream.double()) }
            let features = space.features(at: coordinates)
            var distance = Double.infinity
            for place in places {
                let other = space.features(at: place)
                distance = min(distance, zip(features, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
            }
            for (axis, coordinate) in zip(space.axes, coordinates) where axis.levelCount == nil {
                let face = min(coordinate, 1 - coordinate)
                distance = min(distance, 4 * face * face)
            }
            if distance > best.distance { best = (coordinates, distance) }
        }
        return best.coordinates
    }

    /// A number with two significant digits.
    private func short(_ number: Double) -> String {
        guard number > 0, number.isFinite else { return "\(number)" }
        // A power of ten that is a whole number divides without leaving digits of its own.
        let decimals = 1 - log10(number).rounded(.down)
        let scale = pow(10, abs(decimals))
        return "\(decimals >= 0 ? (number * scale).rounded() / scale : (number / scale).rounded() * scale)"
    }
}
