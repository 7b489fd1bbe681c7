/// Points described by features, a column of numbers for each feature.
///
/// An axis of the search space has one feature, or several that share a length scale: a categorical axis has one for each
/// choice. Columns are contiguous, so that loops over points are loops over vectors.
package struct FeaturePoints: Sendable {
    /// The axis that each feature belongs to, from 0, in increasing order.
    package let axes: [Int]

    /// How many points there are.
    package private(set) var count = 0

    /// For each feature its value at every point.
    package private(set) var columns: [[Double]]

    /// No points yet.
    ///
    /// - Parameter axes: The axis that each feature belongs to, from 0, in increasing order without gaps.
    package init(axes: [Int]) {
        self.axes = axes
        columns = axes.map { _ in [] }
    }

    /// How many axes there are.
    package var axisCount: Int { (axes.last ?? -1) + 1 }

    /// Appends a point.
    ///
    /// - Precondition: There is a number for each feature.
    package mutating func append(_ features: [Double]) {
        precondition(features.count == axes.count, "\(features.count) numbers for \(axes.count) features")
        for (index, value) in features.enumerated() { columns[index].append(value) }
        count += 1
    }

    /// The features of one point.
    package subscript(index: Int) -> [Double] { columns.map { $0[index] } }
}
