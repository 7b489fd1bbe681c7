internal import Backend

/// Max-pooling of one channel of a lane group.
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
        for row in 0..<output.height {
            for column in 0..<output.width {
                let window = values + row * step.height * input.width + column * step.width
                var best = window[0]
                forEachTap { offset, _ in
                    let value = window[offset]
                    best.replace(with: value, where: wins(value, over: best))
                }
                maxima[row * output.width + column] = relu ? rectified(best) : best
            }
        }
    }

    /// Finds the winner of each window after a normalisation, and forms the sums over the channel that the gradient of
    /// the normalisation needs.
    /// - Parameters:
    ///   - values: before the normalisation.
    ///   - winners: get the number of the winner's place in its window, row by row, or -1 where the ReLU let nothing
    ///     through. Small integers are exact in floats, and masks of floats are what the processor compares fastest.
    func findWinners(
        of values: UnsafePointer<Vector>, _ normalization: ChannelNormalization, relu: Bool,
        outputGradient: UnsafePointer<Vector>, winners: UnsafeMutablePointer<Vector>
    ) -> LaneGradientSums {
        let (mean, scale, shift) = normalization.vectors
        var (gradients, products) = (Vector(), Vector())
        for row in 0..<output.height {
            // A row's sums apart: shorter chains of additions lose fewer digits.
            var (rowGradients, rowProducts) = (Vector(), Vector())
            for column in 0..<output.width {
                let window = values + row * step.height * input.width + column * step.width
                var distance = window[0] - mean
                var best = shift.addingProduct(distance, scale)
                var winner = Vector()
                forEachTap { offset, number in
                    let other = window[offset] - mean
                    let value = shift.addingProduct(other, scale)
                    let wins = wins(value, over: best)
                    best.replace(with: value, where: wins)
                    distance.replace(with: other, where: wins)
                    winner.replace(with: Vector(repeating: number), where: wins)
                }
                let place = row * output.width + column
                var gradient = outputGradient[place]
                if relu {
                    let stopped = best .<= 0
                    gradient.replace(with: 0, where: stopped)
                    winner.replace(with: -1, where: stopped)
                }
                winners[place] = winner
                rowGradients += gradient
                rowProducts.addProduct(gradient, distance)
            }
            gradients += rowGradients
            products += rowProducts
        }
        return LaneGradientSums(gradient: gradients, product: products)
    }

    /// Adds `scale` times the gradient of each window to the input that won it.
    func addToWinners(
        _ winners: UnsafePointer<Vector>, outputGradient: UnsafePointer<Vector>, scale: Float,
        inputGradient: UnsafeMutablePointer<Vector>
    ) {
        for row in 0..<output.height {
            for column in 0..<output.width {
                let place = row * output.width + column
                let gradient = outputGradient[place] * scale
                let winner = winners[place]
                let target = inputGradient + row * step.height * input.width + column * step.width
                @inline(__always)
                func add(_ offset: Int, _ number: Float) {
                    let won = winner .== Vector(repeating: number)
                    target[offset] += Vector().replacing(with: gradient, where: won)
                }
                forEachTap(add)
            }
        }
    }

    /// Calls `body` for each place of a window, row by row, with its offset from the window's first and its number.
    @inline(__always)
    private func forEachTap(_ body: (_ offset: Int, _ number: Float) -> Void) {
        if isThreeByThree {
            // The usual window without a loop, its numbers constants.
            let (second, third) = (input.width, 2 * input.width)
            body(0, 0)
            body(1, 1)
            body(2, 2)
            body(second, 3)
            body(second + 1, 4)
            body(second + 2, 5)
            body(third, 6)
            body(third + 1, 7)
            body(third + 2, 8)
        } else {
            for row in 0..<kernel.height {
                for column in 0..<kernel.width {
                    body(row * input.width + column, Float(row * kernel.width + column))
                }
            }
        }
    }

    /// Where a value takes the place of the best before it: larger, or not a number.
    @inline(__always)
    private func wins(_ value: Vector, over best: Vector) -> LaneMask {
        (value .> best) .| (value .!= value)
    }
}
