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

/// The batch normalisation of one channel: `(x - mean) scale + shift`.
struct ChannelNormalization: BitwiseCopyable {
    let mean: Float
    let scale: Float
    let shift: Float

    /// Whether it is strictly monotonic, so that it preserves or reverses the order of values.
    var isMonotonic: Bool { mean.isFinite && shift.isFinite && scale.isFinite && scale != 0 }

    /// The same number in all lanes.
    var vectors: (mean: Vector, scale: Vector, shift: Vector) {
        (Vector(repeating: mean), Vector(repeating: scale), Vector(repeating: shift))
    }

    /// Normalises one vector.
    @inline(__always)
    func callAsFunction(_ values: Vector) -> Vector {
        let (mean, scale, shift) = vectors
        return shift.addingProduct(values - mean, scale)
    }

    /// Normalises `count` vectors, adds the residual if there is one, and applies the ReLU if requested.
    func apply(
        _ input: UnsafePointer<Vector>, residual: UnsafePointer<Vector>?, relu: Bool, count: Int,
        output: UnsafeMutablePointer<Vector>
    ) {
        let (mean, scale, shift) = vectors
        switch (residual, relu) {
        case (nil, false):
            for index in 0..<count { output[index] = shift.addingProduct(input[index] - mean, scale) }
        case (nil, true):
            for index in 0..<count {
                output[index] = rectified(shift.addingProduct(input[index] - mean, scale))
            }
        case (let residual?, false):
            for index in 0..<count {
                output[index] = shift.addingProduct(input[index] - mean, scale) + residual[index]
            }
        case (let residual?, true):
            for index in 0..<count {
                output[index] = rectified(shift.addingProduct(input[index] - mean, scale) + residual[index])
            }
        }
    }
}

/// The sums over one channel of a lane group for the gradients of batch norm.
///
/// `g` is the gradient after the ReLU's backward pass.
struct GroupGradientSums: BitwiseCopyable {
    /// `sum g`.
    private(set) var gradient = 0.0
    /// `sum g (x - mean)`.
    private(set) var product = 0.0

    /// Sums over the first `used` lanes.
    init(gradient: Vector, product: Vector, used: Int) {
        let lanes = UsedLanes(used)
        self.gradient = laneSum(lanes.doubles(gradient))
        self.product = laneSum(lanes.doubles(product))
    }

    /// Sums over `count` vectors; `g` overwrites the output gradient.
    init(
        input: UnsafePointer<Vector>, outputGradient: UnsafeMutablePointer<Vector>, mask: some ReLUMask,
        mean: Float, count: Int, used: Int
    ) {
        let mean = Vector(repeating: mean)
        var gradients = (Vector(), Vector(), Vector(), Vector())
        var products = (Vector(), Vector(), Vector(), Vector())
        var index = 0
        while index + 4 <= count {
            let g0 = mask.apply(outputGradient, index)
            let g1 = mask.apply(outputGradient, index + 1)
            let g2 = mask.apply(outputGradient, index + 2)
            let g3 = mask.apply(outputGradient, index + 3)
            gradients.0 += g0
            gradients.1 += g1
            gradients.2 += g2
            gradients.3 += g3
            products.0.addProduct(g0, input[index] - mean)
            products.1.addProduct(g1, input[index + 1] - mean)
            products.2.addProduct(g2, input[index + 2] - mean)
            products.3.addProduct(g3, input[index + 3] - mean)
            index += 4
        }
        while index < count {
            let g = mask.apply(outputGradient, index)
            gradients.0 += g
            products.0.addProduct(g, input[index] - mean)
            index += 1
        }
        self.init(
            gradient: (gradients.0 + gradients.1) + (gradients.2 + gradients.3),
            product: (products.0 + products.1) + (products.2 + products.3), used: used)
    }

    /// The sums over `groups` successive groups at a distance of `stride`.
    init(merging sums: UnsafePointer<GroupGradientSums>, stride: Int, groups: Int) {
        for group in 0..<groups {
            gradient += sums[group * stride].gradient
            product += sums[group * stride].product
        }
    }
}

/// The input gradient of batch norm in one channel: `scale (g - meanGradient - (x - mean) coefficient)`.
struct ChannelGradient {
    let mean: Float
    let scale: Float
    let meanGradient: Float
    /// `rstd^2` times the mean of `g (x - mean)`.
    let coefficient: Float

    /// Overwrites values with their gradient.
    ///
    /// - Parameter masked: `g`.
    func apply(to values: UnsafeMutablePointer<Vector>, masked: UnsafePointer<Vector>, count: Int) {
        let (mean, scale) = (Vector(repeating: mean), Vector(repeating: scale))
        let (meanGradient, coefficient) = (Vector(repeating: meanGradient), Vector(repeating: coefficient))
        for index in 0..<count {
            values[index] = scale * (masked[index] - meanGradient).addingProduct(mean - values[index], coefficient)
        }
    }

    /// Overwrites values with their gradient for `g = 0`.
    func apply(to values: UnsafeMutablePointer<Vector>, count: Int) {
        let (mean, scale) = (Vector(repeating: mean), Vector(repeating: scale))
        let (meanGradient, coefficient) = (Vector(repeating: meanGradient), Vector(repeating: coefficient))
        for index in 0..<count {
            values[index] = scale * (-meanGradient).addingProduct(mean - values[index], coefficient)
        }
    }
}

/// `max(x, 0)` that propagates NaN.
@inline(__always)
func rectified(_ value: Vector) -> Vector {
    value.replacing(with: 0, where: value .<= 0)
}
