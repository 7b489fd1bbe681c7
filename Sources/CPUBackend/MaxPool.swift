internal import Backend
internal import CProcessor

/// Max-pooling of one channel of a lane group.
///
/// The usual window, three by three, has code without loops. Closures or generic visitors would be shorter, but are not
/// compiled into the loop over the windows, and cost three times as much.
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

    /// The largest value of each window, or 0 where that is negative and there is a ReLU.
    func maxima(of values: UnsafePointer<Vector>, relu: Bool, output maxima: UnsafeMutablePointer<Vector>) {
        for place in 0..<output.height * output.width {
            let window = values + start(of: place)
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
            maxima[place] = relu ? rectified(best) : best
        }
    }

    /// Finds the winner of each window of values that are still to be normalised.
    ///
    /// A normalisation with a positive scale keeps the order of its values, one with a negative scale turns it round: the
    /// winners are known before the batch's moments are, while the values are still in the cache.
    /// - Parameter isTurned: whether the scale is negative.
    func findWinners(of values: UnsafePointer<Vector>, isTurned: Bool, winners: WindowMaxima) {
        // A factor that is exact, and exact again when it is undone.
        let sign = Vector(repeating: isTurned ? -1 : 1)
        for place in 0..<output.height * output.width {
            let winner = largest(in: values + start(of: place), times: sign)
            winners.values[place] = winner.value * sign
            winners.places[place] = nativeShorts(winner.number)
        }
    }

    /// Finds the winners again where the order of the values does not decide: it takes the normalised values.
    func findWinners(
        of values: UnsafePointer<Vector>, after normalization: ChannelNormalization, winners: WindowMaxima
    ) {
        for place in 0..<output.height * output.width {
            let winner = largest(in: values + start(of: place), after: normalization)
            winners.values[place] = winner.value
            winners.places[place] = nativeShorts(winner.number)
        }
    }

    /// The first of the largest of a window's values times `sign`, none of which is NaN.
    @inline(__always)
    private func largest(in window: UnsafePointer<Vector>, times sign: Vector) -> Winner {
        var best = Winner(value: window[0] * sign)
        if isThreeByThree {
            let (second, third) = (window + input.width, window + 2 * input.width)
            best = better(best, window[1] * sign, number: 1)
            best = better(best, window[2] * sign, number: 2)
            best = better(best, second[0] * sign, number: 3)
            best = better(best, second[1] * sign, number: 4)
            best = better(best, second[2] * sign, number: 5)
            best = better(best, third[0] * sign, number: 6)
            best = better(best, third[1] * sign, number: 7)
            best = better(best, third[2] * sign, number: 8)
        } else {
            for row in 0..<kernel.height {
                for column in 0..<kernel.width {
                    best = better(
                        best, window[row * input.width + column] * sign, number: Float(row * kernel.width + column))
                }
            }
        }
        return best
    }

    /// The first of a window's values that are largest after a normalisation, or the last that is NaN there.
    private func largest(in window: UnsafePointer<Vector>, after normalization: ChannelNormalization) -> Winner {
        var best = Winner(value: window[0])
        var normalized = normalization(window[0])
        for row in 0..<kernel.height {
            for column in 0..<kernel.width {
                let value = window[row * input.width + column]
                let other = normalization(value)
                let wins = isLarger(other, than: normalized)
                normalized.replace(with: other, where: wins)
                best.replace(with: value, number: Float(row * kernel.width + column), where: wins)
            }
        }
        return best
    }

    /// The sums over the channel that the gradient of the normalisation needs; what passes the gate takes the place of the
    /// output's gradient.
    func gradientSums(
        _ winners: WindowMaxima, mean: Float, outputGradient: UnsafeMutablePointer<Vector>, mask: some ReLUMask,
        used: Int
    ) -> GroupGradientSums {
        let mean = Vector(repeating: mean)
        var (gradients, products) = (Vector(), Vector())
        for row in 0..<output.height {
            // A row's sums apart: shorter chains of additions lose fewer digits.
            var (rowGradients, rowProducts) = (Vector(), Vector())
            for place in row * output.width..<(row + 1) * output.width {
                let gradient = mask.apply(outputGradient, place)
                rowGradients += gradient
                rowProducts.addProduct(gradient, winners.values[place] - mean)
            }
            gradients += rowGradients
            products += rowProducts
        }
        return GroupGradientSums(gradient: gradients, product: products, used: used)
    }

    /// Turns values into the gradient in them: that of each window goes to the value that won it.
    ///
    /// Rows get their own gradient right before the first window that reaches them adds to it, while they are in the cache.
    func apply(
        _ gradient: ChannelGradient, _ winners: WindowMaxima, passed: UnsafePointer<Vector>,
        to values: UnsafeMutablePointer<Vector>
    ) {
        var done = 0
        for row in 0..<output.height {
            let reached = max(done, row * step.height + kernel.height)
            gradient.apply(to: values + done * input.width, count: (reached - done) * input.width)
            done = reached
            addToWinners(
                of: row, winners, passed: passed, scale: gradient.scale, inputGradient: values)
        }
        gradient.apply(to: values + done * input.width, count: (input.height - done) * input.width)
    }

    /// Adds `scale` times the gradient of each window of a row to the input that won it.
    private func addToWinners(
        of row: Int, _ winners: WindowMaxima, passed: UnsafePointer<Vector>, scale: Float,
        inputGradient: UnsafeMutablePointer<Vector>
    ) {
        for place in row * output.width..<(row + 1) * output.width {
            let gradient = passed[place] * scale
            let winner = nativeFloats(winners.places[place])
            let target = inputGradient + start(of: place)
            if isThreeByThree {
                let (second, third) = (target + input.width, target + 2 * input.width)
                add(gradient, to: target, where: winner, is: 0)
                add(gradient, to: target + 1, where: winner, is: 1)
                add(gradient, to: target + 2, where: winner, is: 2)
                add(gradient, to: second, where: winner, is: 3)
                add(gradient, to: second + 1, where: winner, is: 4)
                add(gradient, to: second + 2, where: winner, is: 5)
                add(gradient, to: third, where: winner, is: 6)
                add(gradient, to: third + 1, where: winner, is: 7)
                add(gradient, to: third + 2, where: winner, is: 8)
            } else {
                for row in 0..<kernel.height {
                    for column in 0..<kernel.width {
                        add(
                            gradient, to: target + row * input.width + column, where: winner,
                            is: Float(row * kernel.width + column))
                    }
                }
            }
        }
    }

    /// Where the first value of a window is in the input.
    @inline(__always)
    private func start(of place: Int) -> Int {
        let (row, column) = place.quotientAndRemainder(dividingBy: output.width)
        return row * step.height * input.width + column * step.width
    }
}

/// The winners of the windows of one channel of a lane group, or of all.
struct WindowMaxima: BitwiseCopyable {
    /// The number of the winner's place in its window, row by row.
    ///
    /// Half as wide as the floats that the processor compares: what is read from afar should be little. No window has more
    /// than 32,768 places.
    let places: UnsafeMutablePointer<LaneShorts>
    /// The winner before its normalisation.
    let values: UnsafeMutablePointer<Vector>
}

/// The best value of a window so far, and the number of its place.
private struct Winner {
    var value: Vector
    var number = Vector()

    @inline(__always)
    mutating func replace(with other: Vector, number: Float, where wins: LaneMask) {
        value.replace(with: other, where: wins)
        self.number.replace(with: Vector(repeating: number), where: wins)
    }
}

/// The winner so far, or another value where that is larger.
@inline(__always)
private func better(_ best: Winner, _ value: Vector, number: Float) -> Winner {
    Winner(
        value: nativeSelect(value, best.value, value, best.value),
        number: nativeSelect(value, best.value, Vector(repeating: number), best.number))
}

/// Adds a gradient to the lanes whose winner has a number.
@inline(__always)
private func add(_ gradient: Vector, to target: UnsafeMutablePointer<Vector>, where winner: Vector, is number: Float) {
    target.pointee += Vector().replacing(with: gradient, where: winner .== Vector(repeating: number))
}

/// The larger of two, or NaN where there is one.
@inline(__always)
private func larger(_ value: Vector, _ best: Vector) -> Vector {
    best.replacing(with: value, where: isLarger(value, than: best))
}

/// Where a value takes the place of the best before it: larger, or not a number.
@inline(__always)
private func isLarger(_ value: Vector, than best: Vector) -> LaneMask {
    (value .> best) .| (value .!= value)
}
