import GaussianProcess
import NumPyRandom
import Platform

/// Maximises a function of the parameters: many random candidates, then local searches from the best ones.
struct MultistartSearch {
    /// The function to maximise.
    let objective: AcquisitionObjective

    /// The numbers of random candidates: in the whole space, and near good points.
    let candidates: (space: Int, near: Int)

    /// The number of candidates that a local search starts from.
    let localSearches: Int

    /// The points that may be returned; others are not, unless none of these is found.
    let allowed: AllowedPoints

    private var axes: [Axis] { objective.map.space.axes }

    /// A search with the whole effort of the settings of a surrogate.
    init(_ objective: AcquisitionObjective, _ settings: SurrogateSettings, allowed: AllowedPoints) {
        self.objective = objective
        self.allowed = allowed
        candidates = settings.candidates
        let isLarge = objective.posterior.observations.count > settings.fitLimit
        localSearches = isLarge ? settings.localSearchesOfMany : settings.localSearches
    }

    /// A search over the posterior of the finished trials with a quarter of the effort.
    init(briefly fit: SurrogateFit, _ function: AcquisitionFunction) {
        objective = AcquisitionObjective(
            map: fit.ledger.map, posterior: fit.posterior, function: function, success: fit.success)
        allowed = AllowedPoints(of: fit.ledger.map.space)
        candidates = (fit.settings.candidates.space / 4, fit.settings.candidates.near / 4)
        localSearches = 2
    }

    /// The best point that was found.
    ///
    /// - Parameter centers: Coordinates of good points, near which more candidates are drawn.
    func maximize(near centers: [[Double]], stream: inout RandomState) -> AcquisitionObjective.Candidate {
        let candidates = draw(near: centers, stream: &stream)
        let found = objective.values(at: candidates)
        let order = candidates.indices.filter { found[$0].isFinite }.sorted { (-found[$0], $0) < (-found[$1], $1) }
        let usable = order.filter { allowed.contains(candidates[$0]) }
        guard let first = usable.first else {
            let sorted = order.map { AcquisitionObjective.Candidate(coordinates: candidates[$0], value: found[$0]) }
            return substitute(for: sorted, of: candidates, stream: &stream)
        }
        var best = AcquisitionObjective.Candidate(coordinates: candidates[first], value: found[first])
        for start in starts(candidates, order: usable) {
            let improved = improve(from: .init(coordinates: candidates[start], value: found[start]))
            for candidate in moved(improved) where candidate.value > best.value { best = candidate }
        }
        return best
    }

    /// A candidate, or the allowed points next to it if it is too close to a pending point.
    private func moved(_ candidate: AcquisitionObjective.Candidate) -> [AcquisitionObjective.Candidate] {
        if allowed.contains(candidate.coordinates) { return [candidate] }
        let nearest = allowed.nearest(to: candidate.coordinates)
        return zip(nearest, objective.values(at: nearest)).map { .init(coordinates: $0, value: $1) }
    }

    /// The point to return if no candidate with a finite value is allowed.
    ///
    /// - Parameters:
    ///   - sorted: The candidates with finite values, the best one first.
    ///   - candidates: All candidates.
    private func substitute(
        for sorted: [AcquisitionObjective.Candidate], of candidates: [[Double]], stream: inout RandomState
    ) -> AcquisitionObjective.Candidate {
        let next = sorted.flatMap { moved($0) }.filter { $0.value.isFinite }
        if let best = next.max(by: { $0.value < $1.value }) { return best }
        if let point = allowed.any(stream: &stream) {
            return .init(coordinates: point, value: objective.values(at: [point])[0])
        }
        if sorted.isEmpty, let point = candidates.first(where: allowed.contains) {
            return .init(coordinates: point, value: -.infinity)
        }
        return sorted.first ?? .init(coordinates: candidates[0], value: -.infinity)
    }

    /// Random points of the space, and points near good ones.
    private func draw(near centers: [[Double]], stream: inout RandomState) -> [[Double]] {
        var drawn: [[Double]] = []
        for _ in 0..<candidates.space {
            drawn.append(axes.map { $0.coordinate(uniform: stream.double()) })
        }
        guard !centers.isEmpty else { return drawn }
        // The expected number of axes that change is three.
        let share = max(0.3, min(1, 3 / Double(axes.count)))
        for index in 0..<candidates.near {
            // Distances are log-uniform, from half an axis to a three-hundredth.
            let radius = 0.5 * exp(-5 * stream.double())
            let center = centers[index % centers.count]
            drawn.append(
                zip(axes, center).map { axis, coordinate in
                    let moves = stream.double() < share
                    let offset = 2 * stream.double() - 1
                    guard moves else { return coordinate }
                    return axis.coordinate(
                        uniform: axis.isCategorical ? 0.5 + 0.5 * offset : coordinate + radius * offset)
                })
        }
        return drawn
    }

    /// The indices of the best candidates that are a tenth of an axis apart, so that they lead to different local
    /// maxima.
    private func starts(_ candidates: [[Double]], order: [Int]) -> [Int] {
        var starts: [Int] = []
        for index in order where starts.count < localSearches {
            let isApart = starts.allSatisfy { other in
                zip(candidates[index], candidates[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } >= 0.01
            }
            if isApart { starts.append(index) }
        }
        return starts
    }

    /// Improves the continuous axes by gradients and the discrete ones by comparison, in turn, until neither helps.
    private func improve(from start: AcquisitionObjective.Candidate) -> AcquisitionObjective.Candidate {
        var best = start
        let continuous = axes.indices.filter { axes[$0].levelCount == nil }
        let discrete = axes.indices.filter { axes[$0].levelCount != nil }
        for _ in 0..<10 {
            if !continuous.isEmpty { improve(&best, along: continuous) }
            let before = best.value
            for axis in discrete { step(&best, along: axis) }
            if best.value <= before { break }
        }
        return best
    }

    private func improve(_ candidate: inout AcquisitionObjective.Candidate, along axes: [Int]) {
        let maximizer = LocalMaximizer(
            bounds: axes.map { _ in 0...1 }, relativeTolerance: 1e-5, evaluationLimit: 60)
        let frame = candidate.coordinates
        // NLopt fails where the function is not finite; then the candidate can't be improved.
        let optimum = maximizer.maximize(from: axes.map { frame[$0] }) { position in
            var coordinates = frame
            for (axis, value) in zip(axes, position) { coordinates[axis] = value }
            return objective.gradient(at: coordinates, axes: axes)
        }
        guard let optimum, optimum.value > candidate.value else { return }
        for (axis, value) in zip(axes, optimum.point) { candidate.coordinates[axis] = value }
        candidate.value = optimum.value
    }

    private func step(_ candidate: inout AcquisitionObjective.Candidate, along axis: Int) {
        let moved = axes[axis].alternatives(to: candidate.coordinates[axis]).map { alternative in
            var coordinates = candidate.coordinates
            coordinates[axis] = alternative
            return coordinates
        }.filter(allowed.contains)
        for (coordinates, value) in zip(moved, objective.values(at: moved)) where value > candidate.value {
            candidate = .init(coordinates: coordinates, value: value)
        }
    }
}
