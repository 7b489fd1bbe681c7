import GaussianProcess
import NumPyRandom
import Platform

/// Maximises a function of one real parameter over a dense grid.
///
/// A dense set of candidates is evaluated, and a local search starts from the best ones. The function is flat if the
/// surrogate explains the observations as noise, or as unrelated to each other. Then the first of some random starting
/// points that is as good as the maximum is returned. A gradient search from these points would return the same: an
/// arbitrary but repeatable point within the space.
struct ExhaustiveSearch {
    /// The function to maximise.
    let objective: AcquisitionObjective

    /// Coordinates that must not be returned.
    let excluded: Set<[Double]>

    /// The relative difference from the maximum that counts as none.
    private static let indifference = 5e-7

    /// The number of points of the even grid.
    private static let gridCount = 2001

    /// The number of highest local maxima among the candidates that a local search starts from.
    private static let localSearchCount = 10

    /// The number of random starting points.
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
        for index in localMaxima(of: values).prefix(Self.localSearchCount) {
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

    /// The coordinates of the candidates, in increasing order.
    ///
    /// They are an even grid, and points around every observation at distances from a sixteenth of the length scale to
    /// eight times the length scale. With a short length scale the function varies between the points of the grid.
    private func candidates() -> [Double] {
        let grid = (0..<Self.gridCount).map { Double($0) / Double(Self.gridCount - 1) }
        // From a sixteenth of the length scale on, each larger by a factor of √2.
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

    /// The indices of the local maxima, the greatest value first, equal ones in their order.
    private func localMaxima(of values: [Double]) -> [Int] {
        values.indices.filter { index in
            (index == 0 || values[index - 1] < values[index])
                && (index == values.count - 1 || values[index + 1] <= values[index])
        }.sorted { (-values[$0], $0) < (-values[$1], $1) }
    }
}
