import GaussianProcess
import NumPyRandom
import Platform

/// Finds where a function of one real parameter is greatest, by evaluating it nearly everywhere.
///
/// A dense set of candidates is evaluated, and the best ones are climbed from. The function can also be flat: a surrogate that
/// explains the observations as noise, or as unrelated to each other, has no preference. Then the first of some random starting
/// points that is as good as the maximum is taken. That is what a search by gradients from these points would return as well:
/// an arbitrary point, but one within the space, and the same one every time.
struct ExhaustiveSearch {
    /// What is maximised.
    let objective: AcquisitionObjective

    /// Coordinates that are no answer.
    let excluded: Set<[Double]>

    /// How much less than the maximum is as good as the maximum, relative to it.
    private static let indifference = 5e-7

    /// Points of the even grid.
    private static let gridCount = 2001

    /// How many of the highest local maxima among the candidates are climbed from.
    private static let climbCount = 10

    /// How many random starting points there are.
    private static let startCount = 10

    /// The best point that was found.
    func maximize(stream: inout RandomState) -> AcquisitionObjective.Candidate {
        let candidates = self.candidates()
        let values = objective.values(at: candidates.map { [$0] })
        var best = AcquisitionObjective.Candidate(coordinates: [candidates[0]], value: -.infinity)
        func consider(_ coordinate: Double, _ value: Double) {
            if value > best.value, !excluded.contains([coordinate]) {
                best = .init(coordinates: [coordinate], value: value)
            }
        }
        for (coordinate, value) in zip(candidates, values) { consider(coordinate, value) }
        for index in localMaxima(of: values).prefix(Self.climbCount) {
            let neighbors = candidates[max(index - 1, 0)]...candidates[min(index + 1, candidates.count - 1)]
            // NLopt fails where the function is not finite; then the candidate can't be improved.
            let optimum = LocalMaximizer(bounds: [neighbors]).maximize(from: [candidates[index]]) {
                objective.gradient(at: $0, axes: [0])
            }
            if let optimum { consider(optimum.point[0], optimum.value) }
        }

        let starts = (0..<Self.startCount).map { _ in stream.double() }
        let drawn = Array(zip(starts, objective.values(at: starts.map { [$0] })))
        for (coordinate, value) in drawn { consider(coordinate, value) }
        for (coordinate, value) in drawn where value >= best.value * (1 - Self.indifference) {
            return .init(coordinates: [coordinate], value: value)
        }
        return best
    }

    /// The coordinates that the function is evaluated at first, in increasing order.
    ///
    /// An even grid, and points around every observation at distances from a sixteenth of the length scale to eight of
    /// them, because with a short length scale everything happens between the points of the grid.
    private func candidates() -> [Double] {
        let grid = (0..<Self.gridCount).map { Double($0) / Double(Self.gridCount - 1) }
        // Sixteenths of the length scale, growing by the root of 2.
        let lengthScale = objective.posterior.hyperparameters.lengthScales[0] / objective.map.derivative(ofAxis: 0)
        let distances = (0...14).map { lengthScale / 16 * exp2(Double($0) / 2) }
        let axis = objective.map.space.axes[0]
        let observed = objective.posterior.observations.columns[0].map { position in
            objective.map.isInNaturalUnits
                ? (position - axis.ends.lower) / (axis.ends.upper - axis.ends.lower) : position
        }
        let near = observed.flatMap { x in [x] + distances.flatMap { [x - $0, x + $0] } }
        let sorted = (grid + near.filter { (0...1).contains($0) }).sorted()
        return sorted.indices.filter { $0 == 0 || sorted[$0] > sorted[$0 - 1] }.map { sorted[$0] }
    }

    /// The indices of values that no neighbour exceeds, the greatest value first, equal ones in their order.
    private func localMaxima(of values: [Double]) -> [Int] {
        values.indices.filter { index in
            (index == 0 || values[index - 1] < values[index])
                && (index == values.count - 1 || values[index + 1] <= values[index])
        }.sorted { (-values[$0], $0) < (-values[$1], $1) }
    }
}
