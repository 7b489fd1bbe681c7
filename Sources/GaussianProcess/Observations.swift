/// The observations that a process is conditioned on.
///
/// Points are described by features, a column of numbers for each feature. An axis of the search space has one feature, or
/// several that share a length scale: a categorical axis has one for each choice. Columns are contiguous, so that loops over points
/// are loops over vectors.
package struct Observations: Sendable {
    /// The axis that each feature belongs to, from 0, in increasing order without gaps.
    package let axes: [Int]

    /// The values of each feature at all points.
    package private(set) var columns: [[Double]]

    /// The observed values, in units in which their standard deviation is about 1.
    package private(set) var targets: [Double] = []

    /// The variance of each observation's noise where it is known, in squared units of the targets.
    package private(set) var knownVariances: [Double?] = []

    /// No observations yet.
    ///
    /// - Parameter axes: The axis that each feature belongs to, from 0, in increasing order without gaps.
    package init(axes: [Int]) {
        self.axes = axes
        columns = axes.map { _ in [] }
    }

    /// The number of observations.
    package var count: Int { targets.count }

    /// The number of axes.
    package var axisCount: Int { (axes.last ?? -1) + 1 }

    /// Appends an observation.
    ///
    /// - Precondition: There is a number for each feature.
    package mutating func append(_ features: [Double], target: Double, knownVariance: Double?) {
        precondition(features.count == axes.count, "\(features.count) numbers for \(axes.count) features")
        for (index, value) in features.enumerated() { columns[index].append(value) }
        targets.append(target)
        knownVariances.append(knownVariance)
    }

    /// The features of one point.
    package subscript(index: Int) -> [Double] { columns.map { $0[index] } }

    /// Up to a number of the observations, evenly spread over their order.
    package func spread(limit: Int) -> Observations {
        guard count > limit else { return self }
        var few = Observations(axes: axes)
        for index in Array(0..<count).evenlySpread(limit: limit) {
            few.append(self[index], target: targets[index], knownVariance: knownVariances[index])
        }
        return few
    }
}

extension Array {
    /// Up to a number of the elements, evenly spread over their order.
    package func evenlySpread(limit: Int) -> [Element] {
        count > limit ? (0..<limit).map { self[$0 * count / limit] } : self
    }
}
