/// The map from points to features: one feature for each numeric axis, and one for each choice of a categorical axis.
///
/// A numeric feature is a coordinate of the unit cube, or a position in the units of the parameter (of its logarithm,
/// on a logarithmic scale). Different choices are a distance of 1 apart, as are the ends of a numeric axis of the unit
/// cube. A trial outside of the space, where that is allowed, has features outside of the cube.
struct FeatureMap: Sendable {
    let space: ParameterSpace

    /// Whether features are positions and not coordinates.
    let isInNaturalUnits: Bool

    /// What becomes of numbers outside of the space.
    private let outside: Axis.Outside

    /// The axis that each feature belongs to.
    let axes: [Int]

    /// The index of the first feature of each axis.
    let first: [Int]

    init(_ space: ParameterSpace, isInNaturalUnits: Bool, allowsOutside: Bool = false) {
        self.space = space
        self.isInNaturalUnits = isInNaturalUnits
        outside = isInNaturalUnits ? .unchanged : allowsOutside ? .accepted : .refused
        axes = space.axes.indices.flatMap { Array(repeating: $0, count: space.axes[$0].featureCount) }
        first = space.axes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.featureCount) }
    }

    /// The derivative of the feature of a numeric axis by its coordinate.
    func derivative(ofAxis axis: Int) -> Double {
        let ends = space.axes[axis].ends
        return isInNaturalUnits ? ends.upper - ends.lower : 1
    }

    /// The features at some coordinates.
    func features(at coordinates: [Double]) -> [Double] {
        guard isInNaturalUnits else { return features(ofPlaces: coordinates) }
        return features(ofPlaces: zip(space.axes, coordinates).map { $0.position(at: $1) })
    }

    /// The positions of a point, and whether it is in the space.
    ///
    /// - Throws: The errors of ``ParameterSpace/check(_:)``, unless numbers may lie outside of the bounds.
    func positions(
        of point: [String: ParameterValue]
    ) throws(OptimizerError) -> (positions: [Double], isInside: Bool) {
        try space.positions(of: point, outside: outside)
    }

    /// The features at some positions, which may lie outside of the space where that is allowed.
    func features(atPositions positions: [Double]) -> [Double] {
        if isInNaturalUnits { return features(ofPlaces: positions) }
        return features(
            ofPlaces: outside == .refused
                ? coordinates(at: positions)
                : zip(space.axes, positions).map { $0.isCategorical ? $1 : $0.openCoordinate(at: $1) })
    }

    /// The coordinates at some positions.
    func coordinates(at positions: [Double]) -> [Double] {
        zip(space.axes, positions).map { $0.coordinate(at: $1) }
    }

    private func features(ofPlaces places: [Double]) -> [Double] {
        var features: [Double] = []
        features.reserveCapacity(axes.count)
        for (axis, place) in zip(space.axes, places) {
            guard axis.isCategorical else {
                features.append(place)
                continue
            }
            for index in 0..<axis.featureCount { features.append(Double(index) == place ? 0.5.squareRoot() : 0) }
        }
        return features
    }
}
