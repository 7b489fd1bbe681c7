/// What a Matérn process over several axes is conditioned on.
package struct ARDObservations: Sendable {
    /// Where.
    package private(set) var points: FeaturePoints

    /// What was observed, in units in which its spread is about 1.
    package private(set) var targets: [Double] = []

    /// The variance of each observation's noise where it is known, in squared units of the targets.
    package private(set) var knownVariances: [Double?] = []

    /// Nothing observed yet.
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
