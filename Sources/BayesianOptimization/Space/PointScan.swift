import NumPyRandom

/// The points of a finite space one after the other, from a random one on; after the last point the first one follows.
struct PointScan: Sequence, IteratorProtocol {
    private let axes: [Axis]

    /// The index of the level of each axis, of which the first one changes fastest.
    private var levels: [Int]

    /// - Precondition: All axes have levels.
    init(of space: ParameterSpace, stream: inout RandomState) {
        axes = space.axes
        levels = []
        for axis in axes {
            let count = axis.levelCount ?? 1
            levels.append(Swift.min(Int(stream.double() * Double(count)), count - 1))
        }
    }

    mutating func next() -> [Double]? {
        let point = zip(axes, levels).map { $0.coordinate(ofIndex: $1) }
        for axis in axes.indices {
            levels[axis] += 1
            if levels[axis] < axes[axis].levelCount ?? 1 { break }
            levels[axis] = 0
        }
        return point
    }
}
