/// The mean and the sum of squared deviations of one channel of a lane group.
///
/// Two passes over the values, which stay in the cache: an approximate mean, then sums of deviations from it. The sum of
/// deviations corrects the rounding error of the mean ("corrected two-pass algorithm", Chan, Golub & LeVeque, The American
/// Statistician 37, 1983), so a mean far from zero costs no accuracy.
///
/// The lanes are merged here, because merging the groups may read these numbers from another core's cache.
struct GroupMoments: BitwiseCopyable {
    private let mean: Double
    /// The sum of squared deviations from `mean`.
    private let squaredDeviations: Double

    /// The moments of `count` vectors, of which the first `used` lanes hold samples.
    init(of values: UnsafePointer<Vector>, count: Int, used: Int) {
        let center = sum(of: values, count: count) / Float(count)

        var first = (Vector(), Vector(), Vector(), Vector())
        var second = (Vector(), Vector(), Vector(), Vector())
        var index = 0
        while index + 4 <= count {
            let d0 = values[index] - center
            let d1 = values[index + 1] - center
            let d2 = values[index + 2] - center
            let d3 = values[index + 3] - center
            first.0 += d0
            first.1 += d1
            first.2 += d2
            first.3 += d3
            second.0.addProduct(d0, d0)
            second.1.addProduct(d1, d1)
            second.2.addProduct(d2, d2)
            second.3.addProduct(d3, d3)
            index += 4
        }
        while index < count {
            let d = values[index] - center
            first.0 += d
            second.0.addProduct(d, d)
            index += 1
        }
        self.init(
            center: center, deviations: (first.0 + first.1) + (first.2 + first.3),
            squaredDeviations: (second.0 + second.1) + (second.2 + second.3), count: count, used: used)
    }

    /// Merges the lanes.
    ///
    /// All lanes have the same number of values. By Chan, Golub & LeVeque's formula the mean is then the mean of the lanes'
    /// means `a`, and the sum of squared deviations is `sum q + count * sum (a - mean)^2`.
    private init(center: Vector, deviations: Vector, squaredDeviations: Vector, count: Int, used: Int) {
        let (lanes, count) = (UsedLanes(used), LaneDoubles(repeating: Double(count)))
        let deviations = lanes.doubles(deviations)
        let means = lanes.doubles(center) + deviations / count
        let mean = laneSum(means) / Double(used)
        let distances = means - lanes.doubles(Vector(repeating: 1)) * mean
        let squares = lanes.doubles(squaredDeviations) - deviations * deviations / count
        self.mean = mean
        self.squaredDeviations = laneSum(squares + count * distances * distances)
    }

    /// The mean and the sum of squared deviations of a channel, over the first `samples` lanes of successive groups.
    ///
    /// - Parameters:
    ///   - stride: the distance between the moments of successive lane groups.
    ///   - area: the number of values per lane.
    static func merge(
        _ moments: UnsafePointer<GroupMoments>, stride: Int, samples: Int, area: Int
    ) -> (mean: Double, squaredDeviations: Double) {
        let groups = Lanes.groups(for: samples)
        var sum = 0.0
        for group in 0..<groups {
            sum += Double(Lanes.used(group: group, count: samples)) * moments[group * stride].mean
        }
        let mean = sum / Double(samples)
        var squares = 0.0
        for group in 0..<groups {
            let distance = moments[group * stride].mean - mean
            let values = Double(Lanes.used(group: group, count: samples) * area)
            squares += moments[group * stride].squaredDeviations + values * distance * distance
        }
        return (mean, squares)
    }
}
