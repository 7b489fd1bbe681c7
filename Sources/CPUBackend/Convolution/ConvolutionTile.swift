internal import CProcessor

/// The micro-kernels of the convolutions.
///
/// A **register tile** is the sums of a few channels times three pixels of the result, which stay in vector registers during
/// the loop over the taps. A larger tile uses each loaded number more often, but the operands need registers too: AVX2 has
/// 16 registers (12 sums, 3 pixels, 1 weight), AVX-512 and NEON have 32.
enum ConvolutionTile {
    /// The number of channels of a tile.
    static var channels: Int { Lanes.width == 8 ? 4 : 8 }
    /// The number of pixels of a tile.
    static let pixels = 3
}

/// Three elements that are processed together.
struct Triple<Element> {
    var first: Element
    var second: Element
    var third: Element
}

/// The sums of three pixels in one channel.
private typealias Row = Triple<Vector>

extension Triple where Element == Vector {
    /// The same number in all lanes of all pixels.
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

    /// Writes the sums of three pixels, or adds them to the contents of memory.
    ///
    /// The pointers may be equal.
    @inline(__always)
    func store(_ targets: Triple<UnsafeMutablePointer<Vector>>, at offset: Int, accumulate: Bool) {
        var sums = self
        if accumulate {
            sums.first += targets.first[offset]
            sums.second += targets.second[offset]
            sums.third += targets.third[offset]
        }
        targets.first[offset] = sums.first
        targets.second[offset] = sums.second
        targets.third[offset] = sums.third
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
    /// The three vectors at an offset from three pointers.
    @inline(__always)
    subscript(offset: Int) -> Triple<Vector> {
        Triple<Vector>(first: first[offset], second: second[offset], third: third[offset])
    }
}

/// Computes one tile: `result[p][c * resultStride] = bias[c] + sum over k of weights[k, c] * source[p][offsets[k]]`.
///
/// - Precondition: `weights` holds `[taps][ConvolutionTile.channels]` numbers, `bias` one for each channel;
///   `source[p] + offsets[k]` and `result[p] + c * resultStride` are valid for three pixels and all channels of a tile.
///   Two pixels may be identical, with the same source and the same result.
@inline(never)
func convolveTile(
    source: Triple<UnsafePointer<Vector>>, offsets: UnsafePointer<Int>, taps: Int, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, result: Triple<UnsafeMutablePointer<Vector>>, resultStride: Int, accumulate: Bool
) {
    // The prefetch completes during the loop over the taps.
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
/// The sum of each call is computed separately and then added. If the caller splits the pixels into blocks, the error does
/// therefore not grow with the number of pixels.
/// - Precondition: `sums` holds `[ConvolutionTile.channels][3]` vectors; `gradient + c * gradientStride + p` is valid
///   for `c` in `0..<channels` and `taps[t] + starts[p]` for three taps, which may be identical.
/// - Parameter channels: the number of valid channels of the tile; the others repeat the last one.
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
