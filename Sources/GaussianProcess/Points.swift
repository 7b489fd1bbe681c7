/// A list of points in d dimensions, such as the places where a function was observed.
package struct Points: Sendable, Equatable {
    /// The dimension d of every point, at least 1.
    package let dimension: Int

    /// The coordinates, one point after the other: `count` x `dimension` numbers.
    package let coordinates: [Double]

    /// How many points there are.
    package var count: Int { coordinates.count / dimension }

    /// Points in `dimension` dimensions from their coordinates, one point after the other.
    ///
    /// - Precondition: `dimension` is at least 1 and divides the number of coordinates.
    package init(dimension: Int, coordinates: [Double]) {
        precondition(
            dimension >= 1 && coordinates.count.isMultiple(of: dimension),
            "\(coordinates.count) coordinates are no points in \(dimension) dimensions")
        self.dimension = dimension
        self.coordinates = coordinates
    }

    /// Points on a line.
    package init(_ values: [Double]) {
        self.init(dimension: 1, coordinates: values)
    }
}
