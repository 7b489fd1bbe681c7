import NumPyRandom

extension TrialLedger {
    /// The next point before there is a surrogate: one far from all others.
    ///
    /// Of some random points it is the one whose nearest neighbour is farthest, where a face of the cube counts as the mirror in
    /// which a point sees itself. The first point of all is drawn at random.
    ///
    /// - Returns: Its coordinates.
    func nextOfInitialDesign(_ stream: inout RandomState) -> [Double] {
        let map = FeatureMap(map.space, isInNaturalUnits: false)
        let others = coordinates.map(map.features(at:))
        var best = (coordinates: [Double](), distance: -1.0)
        for _ in 0..<(trials.isEmpty ? 1 : 64) {
            let coordinates = map.space.axes.map { $0.coordinate(uniform: stream.double()) }
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
