import GaussianProcess

/// The evidence that estimated noise is noise, and not roughness of the objective.
///
/// Between points far apart, nobody can tell one from the other. What tells are known variances, and trials at the same place or
/// close to each other: where they differ as much as the noise says, it is noise.
struct NoiseSupport: Sendable, Equatable {
    /// Whether the noise, or its absence, is known or seen.
    let isSupported: Bool

    /// Whether trials at the same place have had different losses, or have known noise.
    let isNoisy: Bool

    /// The greatest distance of close points along an axis, as a part of the range, on average over the axes.
    ///
    /// Steep walls of an exact objective look like noise between points that are a hundredth apart.
    private static let closeness = 2e-4

    /// The fewest pairs of close points.
    private static let pairs = 3

    /// Examines observations.
    ///
    /// - Parameters:
    ///   - observations: Their features are coordinates of the unit cube.
    ///   - noise: The estimated variance of the noise.
    init(of observations: Observations, noise: Double) {
        let known = observations.knownVariances.compactMap { $0 }
        if known.count == observations.count {
            isSupported = true
            isNoisy = known.contains { $0 > 0 }
            return
        }
        // The nearest neighbour of each point that is close to it.
        let limit = Self.closeness * Self.closeness * Double(observations.axisCount)
        var (squares, count, repeated) = (0.0, 0, false)
        for one in 0..<observations.count {
            var nearest: (distance: Double, index: Int)?
            for other in 0..<one {
                var distance = 0.0
                for column in observations.columns where distance <= limit {
                    let difference = column[one] - column[other]
                    distance += difference * difference
                }
                if distance <= limit, distance < nearest?.distance ?? .infinity { nearest = (distance, other) }
            }
            guard let nearest else { continue }
            let difference = observations.targets[one] - observations.targets[nearest.index]
            squares += 0.5 * difference * difference
            count += 1
            if nearest.distance == 0, difference != 0 { repeated = true }
        }
        isNoisy = repeated || known.contains { $0 > 0 }
        isSupported = repeated || count >= Self.pairs && squares / Double(count) > 0.25 * noise
    }
}
