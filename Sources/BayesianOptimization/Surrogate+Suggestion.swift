import GaussianProcess

extension Surrogate {
    /// How much less than the maximum of the acquisition function is as good as the maximum, relative to it.
    static var indifference: Double { 5e-7 }

    /// Points of the even grid that the search for the maximum begins with.
    private static var gridCount: Int { 2001 }

    /// How many of the highest local maxima among the candidates are climbed to their summit.
    private static var climbCount: Int { 10 }

    /// The point of a search space where the acquisition function is greatest.
    ///
    /// Evaluates a dense set of candidates and climbs from the best ones. The function can also be flat: a
    /// surrogate that explains the observations as noise, or as unrelated to each other, has no preference. Then
    /// the first of the random starting points that is as good as the maximum is taken. That is what a search by
    /// gradients from these starting points would return as well: an arbitrary point, but one within the
    /// space, and the same one every time.
    ///
    /// - Parameters:
    ///   - space: Where to look.
    ///   - starts: Random starting points.
    func suggestion(in space: SearchSpace, starts: [Double]) throws(OptimizerError) -> Suggestion {
        let candidates = candidates(in: space)
        let values = try acquisition(candidates)
        var summit = Suggestion(x: space.lower, acquisition: -.infinity)
        for index in candidates.indices where values[index] > summit.acquisition {
            summit = Suggestion(x: candidates[index], acquisition: values[index])
        }
        for index in localMaxima(of: values).prefix(Self.climbCount) {
            let neighbors =
                candidates[max(index - 1, 0)]...candidates[min(index + 1, candidates.count - 1)]
            let climbed = try climb(from: candidates[index], within: neighbors)
            if climbed.acquisition > summit.acquisition { summit = climbed }
        }

        for (start, value) in zip(starts, try acquisition(starts)) where value > summit.acquisition {
            summit = Suggestion(x: start, acquisition: value)
        }
        for (start, value) in zip(starts, try acquisition(starts))
        where value >= summit.acquisition * (1 - Self.indifference) {
            return Suggestion(x: start, acquisition: value)
        }
        return summit
    }

    /// The points that the acquisition function is evaluated at first, in increasing order.
    ///
    /// An even grid, and points around every observation at distances from a sixteenth of the length scale to eight of
    /// them, because with a short length scale everything happens between the points of the grid.
    private func candidates(in space: SearchSpace) -> [Double] {
        let grid = (0..<Self.gridCount).map { index in
            let part = Double(index) / Double(Self.gridCount - 1)
            return space.lower * (1 - part) + space.upper * part
        }
        var distance = lengthScale / 16
        var distances = [0.0]
        while distance <= 8 * lengthScale {
            distances += [-distance, distance]
            distance *= 2.0.squareRoot()
        }
        let near = observedPoints.flatMap { x in distances.map { x + $0 } }.filter(space.range.contains)
        let sorted = (grid + near).sorted()
        return sorted.indices.filter { $0 == 0 || sorted[$0] > sorted[$0 - 1] }.map { sorted[$0] }
    }

    /// The indices of values that no neighbour exceeds, the greatest value first, equal ones in their order.
    private func localMaxima(of values: [Double]) -> [Int] {
        values.indices.filter { index in
            (index == 0 || values[index - 1] < values[index])
                && (index == values.count - 1 || values[index + 1] <= values[index])
        }.sorted { (-values[$0], $0) < (-values[$1], $1) }
    }

    /// Follows the derivative of the acquisition function to a maximum.
    private func climb(from x: Double, within range: ClosedRange<Double>) throws(OptimizerError) -> Suggestion {
        try Self.attempt {
            let optimum = try LocalMaximizer(bounds: [range]).maximize(from: [x]) { point in
                let (value, derivative) = try acquisitionWithDerivative(point[0])
                return (value, [derivative])
            }
            return Suggestion(x: optimum.point[0], acquisition: optimum.value)
        }
    }
}
