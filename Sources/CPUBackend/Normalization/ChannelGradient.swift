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
