/// The recorded batches of a study that have a snapshot of the surrogate.
///
/// Each snapshot needs a fit of the surrogate, which takes seconds for many trials.
package enum ReplayedSnapshots: Sendable {
    /// None.
    case none

    /// The last 100, as many as a plot has rows.
    case last

    /// Up to a number, evenly spread over the study. The first batch has no surrogate.
    case spread(Int)

    /// The indices of the batches among a number of them.
    func indices(of count: Int) -> Set<Int> {
        switch self {
        case .none: []
        case .last: Set(max(count - 100, 0)..<count)
        case .spread(let limit): Set((1..<max(count, 1)).spread(limit))
        }
    }
}

extension RandomAccessCollection {
    /// Up to a number of the elements, evenly spread over their order, with the first and the last one.
    ///
    /// - Precondition: The number is at least 2.
    package func spread(_ limit: Int) -> [Element] {
        guard count > limit else { return Array(self) }
        return (0..<limit).map { self[index(startIndex, offsetBy: $0 * (count - 1) / (limit - 1))] }
    }
}
