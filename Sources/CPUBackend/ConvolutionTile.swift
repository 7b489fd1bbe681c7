internal import CProcessor

/// The micro-kernels of the convolutions: everything a convolution spends its time on.
///
/// A **tile** is a few channels times three pixels of the result, held in vector registers while the taps go by. The
/// more channels and pixels, the more often a loaded number is used; the tile must leave registers for the numbers
/// that meet: AVX2 has 16 registers (12 sums, 3 pixels, 1 weight), AVX-512 and NEON have 32.
enum ConvolutionTile {
    /// Channels of a tile.
    static var channels: Int { Lanes.width == 8 ? 4 : 8 }
    /// Pixels of a tile.
    static let pixels = 3
}

/// Three places at once.
struct Triple<Element> {
    var first: Element
    var second: Element
    var third: Element
}

/// Sums of three pixels in one channel.
private typealias Row = Triple<Vector>

extension Triple where Element == Vector {
    /// Starts with the same number in all lanes of all pixels.
    @inline(__always)
    init(repeating value: Float) {
        self.init(first: Vector(repeating: value), second: Vector(repeating: value), third: Vector(repeating: value))
    }

    /// Adds `weight` times three pixels.
    @inline(__always)
    mutating func add(_ weight: Vector, _ pixels: Self) {
        first.addProduct(weight, pixels.first)
        second.addProduct(weight, pixels.second)
        third.addProduct(weight, pixels.third)
    }

    /// Writes the sums of three pixels, or adds them to what is there.
    ///
    /// The places may coincide.
    @inline(__always)
    func store(_ places: Triple<UnsafeMutablePointer<Vector>>, at offset: Int, accumulate: Bool) {
        var sums = self
        if accumulate {
            sums.first += places.first[offset]
            sums.second += places.second[offset]
            sums.third += places.third[offset]
        }
        places.first[offset] = sums.first
        places.second[offset] = sums.second
        places.third[offset] = sums.third
    }

    /// Adds the sums to three successive vectors.
    @inline(__always)
    func add(to sums: UnsafeMutablePointer<Vector>) {
        sums[0] += first
        sums[1] += second
        sums[2] += third
    }
}

extension Triple where Element == UnsafePointer<Vector> {
    /// The three vectors at an offset from three places.
    @inline(__always)
    subscript(offset: Int) -> Triple<Vector> {
        Triple<Vector>(first: first[offset], second: second[offset], third: third[offset])
    }
}

/// Computes one tile: `result[p][c * resultStride] = bias[c] + sum over k of weights[k, c] * source[p][offsets[k]]`.
///
/// - Precondition: `weights` holds `[taps][ConvolutionTile.channels]` numbers, `bias` one for each channel;
///   `source[p] + offsets[k]` and `result[p] + c * resultStride` are valid for three pixels and all channels of a tile.
///   Pixels may coincide where both their places do: they then get the same result.
@inline(never)
func convolveTile(
    source: Triple<UnsafePointer<Vector>>, offsets: UnsafePointer<Int>, taps: Int, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, result: Triple<UnsafeMutablePointer<Vector>>, resultStride: Int, accumulate: Bool
) {
    // Where the sums go may be in no cache, and is by the time they are done.
    for channel in 0..<ConvolutionTile.channels {
        processorPrefetchForWriting(result.first + channel * resultStride)
        processorPrefetchForWriting(result.second + channel * resultStride)
        processorPrefetchForWriting(result.third + channel * resultStride)
    }
    var weight = weights
    var r0 = Row(repeating: bias[0])
    var r1 = Row(repeating: bias[1])
    var r2 = Row(repeating: bias[2])
    var r3 = Row(repeating: bias[3])
    if ConvolutionTile.channels == 4 {
        for tap in 0..<taps {
            let pixels = source[offsets[tap]]
            r0.add(Vector(repeating: weight[0]), pixels)
            r1.add(Vector(repeating: weight[1]), pixels)
            r2.add(Vector(repeating: weight[2]), pixels)
            r3.add(Vector(repeating: weight[3]), pixels)
            weight += 4
        }
    } else {
        var r4 = Row(repeating: bias[4])
        var r5 = Row(repeating: bias[5])
        var r6 = Row(repeating: bias[6])
        var r7 = Row(repeating: bias[7])
        for tap in 0..<taps {
            let pixels = source[offsets[tap]]
            r0.add(Vector(repeating: weight[0]), pixels)
            r1.add(Vector(repeating: weight[1]), pixels)
            r2.add(Vector(repeating: weight[2]), pixels)
            r3.add(Vector(repeating: weight[3]), pixels)
            r4.add(Vector(repeating: weight[4]), pixels)
            r5.add(Vector(repeating: weight[5]), pixels)
            r6.add(Vector(repeating: weight[6]), pixels)
            r7.add(Vector(repeating: weight[7]), pixels)
            weight += 8
        }
        r4.store(result, at: 4 * resultStride, accumulate: accumulate)
        r5.store(result, at: 5 * resultStride, accumulate: accumulate)
        r6.store(result, at: 6 * resultStride, accumulate: accumulate)
        r7.store(result, at: 7 * resultStride, accumulate: accumulate)
    }
    r0.store(result, at: 0, accumulate: accumulate)
    r1.store(result, at: resultStride, accumulate: accumulate)
    r2.store(result, at: 2 * resultStride, accumulate: accumulate)
    r3.store(result, at: 3 * resultStride, accumulate: accumulate)
}

/// Adds to one tile of a weight gradient:
/// `sums[c, t] += sum over p of gradient[c * gradientStride + p] * taps[t][starts[p]]`.
///
/// The sum of this call is formed apart and then added, so that a caller who hands over the pixels in pieces gets a
/// sum whose error does not grow with their number.
/// - Precondition: `sums` holds `[ConvolutionTile.channels][3]` vectors; `gradient + c * gradientStride + p` is valid
///   for `c` in `0..<channels` and `taps[t] + starts[p]` for three taps, which may coincide.
/// - Parameter channels: how many channels of the tile there are; further ones get what the last of them gets.
@inline(never)
func accumulateWeightGradientTile(
    gradient: UnsafePointer<Vector>, gradientStride: Int, channels: Int, taps: Triple<UnsafePointer<Vector>>,
    starts: UnsafePointer<Int>, pixels: Int, sums: UnsafeMutablePointer<Vector>
) {
    let last = channels - 1
    let g1 = gradient + min(1, last) * gradientStride
    let g2 = gradient + min(2, last) * gradientStride
    let g3 = gradient + min(3, last) * gradientStride
    var r0 = Row(repeating: 0)
    var r1 = Row(repeating: 0)
    var r2 = Row(repeating: 0)
    var r3 = Row(repeating: 0)
    if ConvolutionTile.channels == 4 {
        for pixel in 0..<pixels {
            let values = taps[starts[pixel]]
            r0.add(gradient[pixel], values)
            r1.add(g1[pixel], values)
            r2.add(g2[pixel], values)
            r3.add(g3[pixel], values)
        }
    } else {
        let g4 = gradient + min(4, last) * gradientStride
        let g5 = gradient + min(5, last) * gradientStride
        let g6 = gradient + min(6, last) * gradientStride
        let g7 = gradient + min(7, last) * gradientStride
        var r4 = Row(repeating: 0)
        var r5 = Row(repeating: 0)
        var r6 = Row(repeating: 0)
        var r7 = Row(repeating: 0)
        for pixel in 0..<pixels {
            let values = taps[starts[pixel]]
            r0.add(gradient[pixel], values)
            r1.add(g1[pixel], values)
            r2.add(g2[pixel], values)
            r3.add(g3[pixel], values)
            r4.add(g4[pixel], values)
            r5.add(g5[pixel], values)
            r6.add(g6[pixel], values)
            r7.add(g7[pixel], values)
        }
        r4.add(to: sums + 12)
        r5.add(to: sums + 15)
        r6.add(to: sums + 18)
        r7.add(to: sums + 21)
    }
    r0.add(to: sums)
    r1.add(to: sums + 3)
    r2.add(to: sums + 6)
    r3.add(to: sums + 9)
}
