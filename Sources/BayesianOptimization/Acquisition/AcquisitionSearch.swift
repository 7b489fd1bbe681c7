import GaussianProcess
import Glibc
import NumPyRandom

/// Finds where a function of the parameters is greatest: many candidates, then climbs from the best ones.
struct AcquisitionSearch {
    /// Coordinates, and the value of the function there.
    struct Place {
        var coordinates: [Double]
        var value: Double
    }

    /// Where to look.
    let space: ParameterSpace

    /// How many random points of the whole space, and near good points, to begin with.
    let candidates: (space: Int, near: Int)

    /// From how many candidates to climb.
    let climbs: Int

    /// Coordinates that are no answer, unless there is no other.
    let excluded: Set<[Double]>

    /// The function at the features of many points.
    let values: ([[Double]]) -> [Double]

    /// The function at the features of one point, with its derivatives by them.
    let gradient: ([Double]) -> (value: Double, gradient: [Double])

    /// The best place that was found.
    ///
    /// - Parameter centers: Coordinates of good points, near which to look more closely.
    func maximize(near centers: [[Double]], stream: inout RandomState) -> Place {
        let candidates = draw(near: centers, stream: &stream)
        let found = values(candidates.map(space.features))
        let order = candidates.indices.filter { found[$0].isFinite }.sorted { (-found[$0], $0) < (-found[$1], $1) }
        let allowed = order.filter { !excluded.contains(candidates[$0]) }
        guard let first = allowed.first ?? order.first else {
            return Place(coordinates: candidates[0], value: -.infinity)
        }
        var best = Place(coordinates: candidates[first], value: found[first])
        for start in starts(candidates, order: allowed) {
            let climbed = climb(from: Place(coordinates: candidates[start], value: found[start]))
            if climbed.value > best.value, !excluded.contains(climbed.coordinates) { best = climbed }
        }
        return best
    }

    /// Random points of the space, and points near good ones.
    private func draw(near centers: [[Double]], stream: inout RandomState) -> [[Double]] {
        var drawn: [[Double]] = []
        for _ in 0..<candidates.space {
            drawn.append(space.axes.map { $0.coordinate(uniform: stream.double()) })
        }
        guard !centers.isEmpty else { return drawn }
        // About three axes change at a time.
        let share = max(0.3, min(1, 3 / Double(space.axes.count)))
        for index in 0..<candidates.near {
            // Distances of all sizes, from half an axis to a three-hundredth.
            let radius = 0.5 * exp(-5 * stream.double())
            let center = centers[index % centers.count]
            drawn.append(
                zip(space.axes, center).map { axis, coordinate in
                    let moves = stream.double() < share
                    let offset = 2 * stream.double() - 1
                    guard moves else { return coordinate }
                    if case .categorical = axis.parameter.domain { return axis.coordinate(uniform: 0.5 + 0.5 * offset) }
                    return axis.coordinate(uniform: coordinate + radius * offset)
                })
        }
        return drawn
    }

    /// The best candidates that are a tenth of an axis apart, so that not all climb the same hill.
    private func starts(_ candidates: [[Double]], order: [Int]) -> [Int] {
        var starts: [Int] = []
        for index in order where starts.count < climbs {
            let isApart = starts.allSatisfy { other in
                zip(candidates[index], candidates[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } >= 0.01
            }
            if isApart { starts.append(index) }
        }
        return starts
    }

    /// Climbs along the continuous axes by gradients and along the discrete ones by trying, until neither helps.
    private func climb(from start: Place) -> Place {
        var best = start
        let continuous = space.axes.indices.filter { space.axes[$0].levelCount == nil }
        let discrete = space.axes.indices.filter { space.axes[$0].levelCount != nil }
        for _ in 0..<10 {
            if !continuous.isEmpty { climb(&best, along: continuous) }
            let before = best.value
            for axis in discrete { step(&best, along: axis) }
            if best.value <= before { break }
        }
        return best
    }

    private func climb(_ place: inout Place, along axes: [Int]) {
        let firstFeatures = space.axes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.featureCount) }
        let maximizer = LocalMaximizer(
            bounds: axes.map { _ in 0...1 }, relativeTolerance: 1e-5, evaluationLimit: 60)
        let frame = place.coordinates
        // NLopt fails where the function is not finite; then the place is as good as it gets.
        let optimum = try? maximizer.maximize(from: axes.map { frame[$0] }) { position in
            var coordinates = frame
            for (axis, value) in zip(axes, position) { coordinates[axis] = value }
            let (value, slope) = gradient(space.features(at: coordinates))
            return (value, axes.map { slope[firstFeatures[$0]] })
        }
        guard let optimum, optimum.value > place.value else { return }
        for (axis, value) in zip(axes, optimum.point) { place.coordinates[axis] = value }
        place.value = optimum.value
    }

    private func step(_ place: inout Place, along axis: Int) {
        let moved = space.axes[axis].alternatives(to: place.coordinates[axis]).map { alternative in
            var coordinates = place.coordinates
            coordinates[axis] = alternative
            return coordinates
        }.filter { !excluded.contains($0) }
        for (coordinates, value) in zip(moved, values(moved.map(space.features))) where value > place.value {
            place = Place(coordinates: coordinates, value: value)
        }
    }
}
