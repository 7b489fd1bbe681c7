internal import Backend
internal import CProcessor

/// Max-pooling of one channel of a lane group.
///
/// The usual window of three by three has unrolled code. Closures or generic visitors would be shorter, but they are not
/// inlined into the loop over the windows, which makes it three times as slow.
struct PoolPlan: BitwiseCopyable {
    let kernel: Extent
    let step: Extent
    let input: Extent
    let output: Extent
    private let isThreeByThree: Bool

    init(_ pool: MaxPool, input: Extent) {
        kernel = pool.kernel
        step = pool.stride
        self.input = input
        output = pool.output(for: input)
        isThreeByThree = pool.kernel.height == 3 && pool.kernel.width == 3
    }

    /// The maximum of each window, with an optional ReLU.
    func maxima(of values: UnsafePointer<Vector>, relu: Bool, output maxima: UnsafeMutablePointer<Vector>) {
        for index in 0..<output.height * output.width {
            let window = values + start(of: index)
            var best = window[0]
            if isThreeByThree {
                let (second, third) = (window + input.width, window + 2 * input.width)
                best = larger(window[2], larger(window[1], best))
                best = larger(second[2], larger(second[1], larger(second[0], best)))
                best = larger(third[2], larger(third[1], larger(third[0], best)))
            } else {
                for row in 0..<kernel.height {
                    for column in 0..<kernel.width { best = larger(window[row * input.width + column], best) }
                }
            }
            maxima[index] = relu ? rectified(best) : best
        }
    }

    /// Computes the argmax of each window of values that are not normalised yet.
    ///
    /// A normalisation with a positive scale preserves the order of values, one with a negative scale reverses it. The argmax
    /// is therefore known before the moments of the batch, while the values are in the cache.
    /// - Parameter isDecreasing: whether the scale is negative.
    func findArgmax(of values: UnsafePointer<Vector>, isDecreasing: Bool, maxima: WindowMaxima) {
        // Multiplying by this factor is exact.
        let sign = Vector(repeating: isDecreasing ? -1 : 1)
        for index in 0..<output.height * output.width {
            let maximum = largest(in: values + start(of: index), times: sign)
            maxima.values[index] = maximum.value * sign
            maxima.indices[index] = nativeShorts(maximum.index)
        }
    }

    /// Computes the argmax of each window by comparing the normalised values.
    func findArgmax(
        of values: UnsafePointer<Vector>, after normalization: ChannelNormalization, maxima: WindowMaxima
    ) {
        for index in 0..<output.height * output.width {
            let maximum = largest(in: values + start(of: index), after: normalization)
            maxima.values[index] = maximum.value
            maxima.indices[index] = nativeShorts(maximum.index)
        }
    }

    /// The first maximum of a window's values times `sign`; none of them is NaN.
    @inline(__always)
    private func largest(in window: UnsafePointer<Vector>, times sign: Vector) -> WindowMaximum {
        var best = WindowMaximum(value: window[0] * sign)
        if isThreeByThree {
            let (second, third) = (window + input.width, window + 2 * input.width)
            best = larger(best, window[1] * sign, index: 1)
            best = larger(best, window[2] * sign, index: 2)
            best = larger(best, second[0] * sign, index: 3)
            best = larger(best, second[1] * sign, index: 4)
            best = larger(best, second[2] * sign, index: 5)
            best = larger(best, third[0] * sign, index: 6)
            best = larger(best, third[1] * sign, index: 7)
            best = larger(best, third[2] * sign, index: 8)
        } else {
            for row in 0..<kernel.height {
                for column in 0..<kernel.width {
                    best = larger(
                        best, window[row * input.width + column] * sign, index: Float(row * kernel.width + column))
                }
            }
        }
        return best
    }

    /// The first of a window's values that are largest after a normalisation, or the last that is NaN after it.
    private func largest(in window: UnsafePointer<Vector>, after normalization: ChannelNormalization) -> WindowMaximum {
        var best = WindowMaximum(value: window[0])
        var normalized = normalization(window[0])
        for row in 0..<kernel.height {
            for column in 0..<kernel.width {
                let value = window[row * input.width + column]
                let other = normalization(value)
                let mask = isLarger(other, than: normalized)
                normalized.replace(with: other, where: mask)
                best.replace(with: value, index: Float(row * kernel.width + column), where: mask)
            }
        }
        return best
    }

    /// The sums over the channel for the gradient of the normalisation; the masked gradient overwrites the output gradient.
    func gradientSums(
        _ maxima: WindowMaxima, mean: Float, outputGradient: UnsafeMutablePointer<Vector>, mask: some ReLUMask,
        used: Int
    ) -> GroupGradientSums {
        let mean = Vector(repeating: mean)
        var (gradients, products) = (Vector(), Vector())
        for row in 0..<output.height {
            // Each row has separate sums: shorter chains of additions are more accurate.
            var (rowGradients, rowProducts) = (Vector(), Vector())
            for index in row * output.width..<(row + 1) * output.width {
                let gradient = mask.apply(outputGradient, index)
                rowGradients += gradient
                rowProducts.addProduct(gradient, maxima.values[index] - mean)
            }
            gradients += rowGradients
            products += rowProducts
        }
        return GroupGradientSums(gradient: gradients, product: products, used: used)
    }

    /// Overwrites values with their gradient; the gradient of each window goes to its argmax.
    ///
    /// Each row is overwritten immediately before the first window that contains it, while it is in the cache.
    /// - Parameter gradient: of the norm before the pooling; nil without one.
    func apply(
        _ gradient: ChannelGradient?, _ maxima: WindowMaxima, masked: UnsafePointer<Vector>,
        to values: UnsafeMutablePointer<Vector>
    ) {
        /// Overwrites rows with their gradient where no window's maximum is.
        func overwrite(_ rows: Range<Int>) {
            let (start, count) = (values + rows.lowerBound * input.width, rows.count * input.width)
            if let gradient {
                gradient.apply(to: start, count: count)
            } else {
                start.update(repeating: Vector(), count: count)
            }
        }
        var done = 0
        for row in 0..<output.height {
            let reached = max(done, row * step.height + kernel.height)
            overwrite(done..<reached)
            done = reached
            addToArgmax(of: row, maxima, masked: masked, scale: gradient?.scale ?? 1, inputGradient: values)
        }
        overwrite(done..<input.height)
    }

    /// Adds `scale` times the gradient of each window of a row to the input gradient at its argmax.
    private func addToArgmax(
        of row: Int, _ maxima: WindowMaxima, masked: UnsafePointer<Vector>, scale: Float,
        inputGradient: UnsafeMutablePointer<Vector>
    ) {
        for index in row * output.width..<(row + 1) * output.width {
            let gradient = masked[index] * scale
            let argmax = nativeFloats(maxima.indices[index])
            let target = inputGradient + start(of: index)
            if isThreeByThree {
                let (second, third) = (target + input.width, target + 2 * input.width)
                add(gradient, to: target, where: argmax, is: 0)
                add(gradient, to: target + 1, where: argmax, is: 1)
                add(gradient, to: target + 2, where: argmax, is: 2)
                add(gradient, to: second, where: argmax, is: 3)
                add(gradient, to: second + 1, where: argmax, is: 4)
                add(gradient, to: second + 2, where: argmax, is: 5)
                add(gradient, to: third, where: argmax, is: 6)
                add(gradient, to: third + 1, where: argmax, is: 7)
                add(gradient, to: third + 2, where: argmax, is: 8)
            } else {
                for row in 0..<kernel.height {
                    for column in 0..<kernel.width {
                        add(
                            gradient, to: target + row * input.width + column, where: argmax,
                            is: Float(row * kernel.width + column))
                    }
                }
            }
        }
    }

    /// The index of a window's first value in the input.
    @inline(__always)
    private func start(of window: Int) -> Int {
        let (row, column) = window.quotientAndRemainder(dividingBy: output.width)
        return row * step.height * input.width + column * step.width
    }
}

/// The maxima of the windows of one channel of a lane group.
struct WindowMaxima: BitwiseCopyable {
    /// The argmax index of each window, in row-major order.
    ///
    /// The indices have 16 bits to save memory bandwidth; a window has at most 32,768 values.
    let indices: UnsafeMutablePointer<LaneShorts>
    /// The value at that index, before the normalisation.
    let values: UnsafeMutablePointer<Vector>
}

/// The largest value of a window so far, and its index.
private struct WindowMaximum {
    var value: Vector
    var index = Vector()

    @inline(__always)
    mutating func replace(with other: Vector, index: Float, where mask: LaneMask) {
        value.replace(with: other, where: mask)
        self.index.replace(with: Vector(repeating: index), where: mask)
    }
}

/// The maximum so far, replaced by another value in the lanes where that is larger.
@inline(__always)
private func larger(_ best: WindowMaximum, _ value: Vector, index: Float) -> WindowMaximum {
    WindowMaximum(
        value: nativeSelect(value, best.value, value, best.value),
        index: nativeSelect(value, best.value, Vector(repeating: index), best.index))
}

/// Adds a gradient to the lanes whose argmax is an index.
@inline(__always)
private func add(_ gradient: Vector, to target: UnsafeMutablePointer<Vector>, where argmax: Vector, is index: Float) {
    target.pointee += Vector().replacing(with: gradient, where: argmax .== Vector(repeating: index))
}

/// The larger of two values, or NaN if one of them is NaN.
@inline(__always)
private func larger(_ value: Vector, _ best: Vector) -> Vector {
    best.replacing(with: value, where: isLarger(value, than: best))
}

/// The lanes in which a value replaces the maximum so far: it is larger, or NaN.
@inline(__always)
private func isLarger(_ value: Vector, than best: Vector) -> LaneMask {
    (value .> best) .| (value .!= value)
}
