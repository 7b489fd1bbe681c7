import NumPyRandom

/// The points that may be suggested next.
struct AllowedPoints {
    /// The space of the points.
    let space: ParameterSpace

    /// Coordinates that are not allowed.
    private(set) var excluded: Set<[Double]>

    /// The coordinates of the pending trials, which an allowed point keeps a distance from.
    private var pending: [[Double]] = []

    /// Whether one of finitely many points is searched for until an allowed one is found.
    private let isFinite: Bool

    /// The indices of the real axes.
    private let realAxes: [Int]

    /// A thousandth of a range is kept along some real axis, and a little more for rounding.
    private static let separation = 1.0005e-3

    /// The distance that a point is moved to.
    private static let movedSeparation = 1.001e-3

    /// All points of a space.
    init(of space: ParameterSpace) {
        self.space = space
        excluded = []
        isFinite = false
        realAxes = []
    }

    /// The points that may follow the trials of a ledger.
    ///
    /// In a finite space with nothing but known points, all are allowed.
    ///
    /// - Parameter allowsRepeats: Whether points are allowed that were suggested or evaluated before.
    init(after ledger: TrialLedger, _ settings: SurrogateSettings, allowsRepeats: Bool) {
        space = ledger.map.space
        excluded = []
        realAxes = space.axes.indices.filter { ledger.map.space.axes[$0].levelCount == nil }
        isFinite = settings.separatesPoints && realAxes.isEmpty
        if settings.separatesPoints, !realAxes.isEmpty { pending = Array(ledger.coordinates[ledger.finishedCount...]) }
        if allowsRepeats { return }
        excluded = isFinite ? ledger.knownPoints : Set(ledger.coordinates)
        if isFinite, let count = space.pointCount, excluded.count >= count { excluded = [] }
    }

    /// Whether a point is allowed.
    func contains(_ point: [Double]) -> Bool {
        !excluded.contains(point) && pending.allSatisfy { !isClose(point, $0) }
    }

    /// The allowed points that are closest to one along each real axis, up and down.
    func nearest(to point: [Double]) -> [[Double]] {
        var nearest: [[Double]] = []
        if pending.isEmpty { return nearest }
        for axis in realAxes {
            let obstacles = pending.filter { isClose(point, $0, besides: axis) }.map { $0[axis] }.sorted()
            var (lower, upper) = (point, point)
            for obstacle in obstacles where abs(upper[axis] - obstacle) < Self.separation {
                upper[axis] = obstacle + Self.movedSeparation
            }
            for obstacle in obstacles.reversed() where abs(lower[axis] - obstacle) < Self.separation {
                lower[axis] = obstacle - Self.movedSeparation
            }
            nearest += [lower, upper].filter { (0...1).contains($0[axis]) && contains($0) }
        }
        return nearest
    }

    /// An allowed point of a finite space, the first one from a random point on; `nil` for other spaces.
    func any(stream: inout RandomState) -> [Double]? {
        guard isFinite else { return nil }
        // One more than are excluded.
        return PointScan(of: space, stream: &stream).prefix(excluded.count + 1).first(where: contains)
    }

    /// Whether two points have the same levels, and differ by less than the separation along every real axis.
    private func isClose(_ first: [Double], _ second: [Double], besides skipped: Int? = nil) -> Bool {
        for axis in first.indices where axis != skipped {
            if space.axes[axis].levelCount == nil {
                if abs(first[axis] - second[axis]) >= Self.separation { return false }
            } else if first[axis] != second[axis] {
                return false
            }
        }
        return true
    }
}

extension TrialLedger {
    /// The coordinates of the points of the space that were evaluated or are pending.
    var knownPoints: Set<[Double]> { Set(coordinates.indices.filter { isInside[$0] }.map { coordinates[$0] }) }
}
