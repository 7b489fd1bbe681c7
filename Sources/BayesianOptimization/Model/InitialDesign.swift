import NumPyRandom

extension TrialLedger {
    /// The coordinates of the next point of the initial design: one far from all others.
    ///
    /// It is the one of 64 random points with the greatest distance to its nearest neighbour. The mirror image of a
    /// point in a face of the cube counts as a neighbour. The first point is a single random draw.
    ///
    /// - Returns: Its coordinates.
    func nextOfInitialDesign(among allowed: AllowedPoints, _ stream: inout RandomState) -> [Double] {
        let map = FeatureMap(map.space, isInNaturalUnits: false)
        let others = coordinates.map(map.features(at:))
        let drawn = (0..<(trials.isEmpty ? 1 : 64)).map { _ in
            map.space.axes.map { $0.coordinate(uniform: stream.double()) }
        }
        var candidates = drawn.filter(allowed.contains)
        if candidates.isEmpty { candidates = allowed.any(stream: &stream).map { [$0] } ?? [] }
        if candidates.isEmpty { candidates = drawn.flatMap(allowed.nearest) }
        var best = (coordinates: drawn[0], distance: -1.0)
        for coordinates in candidates {
            let features = map.features(at: coordinates)
            var distance = Double.infinity
            for other in others {
                distance = min(distance, zip(features, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
            }
            for (axis, coordinate) in zip(map.space.axes, coordinates) where axis.levelCount == nil {
                let face = min(coordinate, 1 - coordinate)
                distance = min(distance, 4 * face * face)
            }
            if distance > best.distance { best = (coordinates, distance) }
        }
        return best.coordinates
    }
}
