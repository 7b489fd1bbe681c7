/// A regular grid of points between bounds, which it includes.
struct Grid {
    /// The points, the first coordinate changing fastest.
    let points: [[Double]]

    private let pointsPerAxis: Int
    private let dimension: Int

    /// A grid with at least two points along every axis.
    init(bounds: [ClosedRange<Double>], pointsPerAxis: Int) {
        points = bounds.reduce([[]]) { points, range in
            (0..<pointsPerAxis).flatMap { index in
                let part = Double(index) / Double(pointsPerAxis - 1)
                return points.map { $0 + [range.lowerBound * (1 - part) + range.upperBound * part] }
            }
        }
        self.pointsPerAxis = pointsPerAxis
        dimension = bounds.count
    }

    /// The points whose value is not exceeded at any of their neighbours, diagonal ones included.
    ///
    /// - Parameter values: The value at every point. Of equal neighbours the first one counts as the highest.
    func localMaxima(of values: [Double]) -> [[Double]] {
        points.indices.filter { index in
            neighbors(of: index).allSatisfy { neighbor in
                neighbor < index ? values[neighbor] < values[index] : values[neighbor] <= values[index]
            }
        }.map { points[$0] }
    }

    /// The indices of the up to 3ᵈ − 1 points next to a point.
    private func neighbors(of index: Int) -> [Int] {
        var (neighbors, stride) = ([0], 1)
        for _ in 0..<dimension {
            let position = index / stride % pointsPerAxis
            let near = max(position - 1, 0)...min(position + 1, pointsPerAxis - 1)
            neighbors = near.flatMap { coordinate in neighbors.map { $0 + coordinate * stride } }
            stride *= pointsPerAxis
        }
        return neighbors.filter { $0 != index }
    }
}
