/// What a process is conditioned on.
package struct Observations: Sendable {
    /// Where the function was observed.
    package private(set) var points: FeaturePoints

    /// What was observed, in units in which its spread is about 1.
    package private(set) var targets: [Double] = []

    /// The variance of each observation's noise where it is known, in squared units of the targets.
    package private(set) var knownVariances: [Double?] = []

    /// No observations yet.
    ///
    /// - Parameter axes: The axis that each feature belongs to, from 0, in increasing order without gaps.
    package init(axes: [Int]) {
        points = FeaturePoints(axes: axes)
    }

    /// How many observations there are.
    package var count: Int { targets.count }

    /// Whether there is an observation whose noise has to be estimated.
    package var hasUnknownNoise: Bool { knownVariances.contains { $0 == nil } }

    /// Appends an observation.
    package mutating func append(_ features: [Double], target: Double, knownVariance: Double?) {
        points.append(features)
        targets.append(target)
        knownVariances.append(knownVariance)
    }
}
