import NumPyRandom

/// Maximises a function of the parameters over all points of a small finite space.
struct FiniteSearch {
    /// The function to maximise.
    let objective: AcquisitionObjective

    /// The points that may be returned.
    let allowed: AllowedPoints

    /// The greatest number of points of a small space.
    static let limit = 4096

    /// The best allowed point, a random one of equally good ones.
    func maximize(stream: inout RandomState) -> AcquisitionObjective.Candidate {
        let scan = PointScan(of: allowed.space, stream: &stream).prefix(allowed.space.pointCount ?? Self.limit)
        var points = scan.filter(allowed.contains)
        // Whole numbers may be too close to each other for different coordinates.
        if points.isEmpty { points = Array(scan) }
        let values = objective.values(at: points)
        var best = AcquisitionObjective.Candidate(coordinates: points[0], value: -.infinity)
        for (point, value) in zip(points, values) where value > best.value {
            best = .init(coordinates: point, value: value)
        }
        return best
    }
}
