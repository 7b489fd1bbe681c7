/// Inner products between rows: the inner loop of all O(n³) work for n observations.
///
/// The register tile is two rows by four, eight sums of two lanes each. It fits the sixteen vector registers of
/// baseline x86-64 and of NEON, so this library needs no compiler flags and other packages can depend on it. The order
/// of each sum is fixed by its length alone, so no result depends on how rows are grouped.
enum RowProducts {
    /// Subtracts Σ_k a_rk b_ck, k from `range`, from the 2 x 4 numbers at `r0` and `r1`.
    ///
    /// - Precondition: The rows are readable over `range`, which has an even length, and the results are writable.
    @inline(__always)
    static func subtract(
        of a0: UnsafePointer<Double>, _ a1: UnsafePointer<Double>, with b: UnsafePointer<Double>, stride: Int,
        over range: Range<Int>, from r0: UnsafeMutablePointer<Double>, _ r1: UnsafeMutablePointer<Double>
    ) {
        var (s00, s01, s02, s03) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (s10, s11, s12, s13) = (s00, s00, s00, s00)
        let (b1, b2, b3) = (b + stride, b + 2 * stride, b + 3 * stride)
        var k = range.lowerBound
        while k < range.upperBound {
            let (x0, x1) = (pair(a0 + k), pair(a1 + k))
            let (y0, y1, y2, y3) = (pair(b + k), pair(b1 + k), pair(b2 + k), pair(b3 + k))
            s00 += x0 * y0
            s10 += x1 * y0
            s01 += x0 * y1
            s11 += x1 * y1
            s02 += x0 * y2
            s12 += x1 * y2
            s03 += x0 * y3
            s13 += x1 * y3
            k += 2
        }
        subtract((s00, s01, s02, s03), from: r0)
        subtract((s10, s11, s12, s13), from: r1)
    }

    /// The same for one row, with the same roundings.
    @inline(__always)
    static func subtract(
        of a: UnsafePointer<Double>, with b: UnsafePointer<Double>, stride: Int, over range: Range<Int>,
        from result: UnsafeMutablePointer<Double>
    ) {
        var (s0, s1, s2, s3) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        let (b1, b2, b3) = (b + stride, b + 2 * stride, b + 3 * stride)
        var k = range.lowerBound
        while k < range.upperBound {
            let x = pair(a + k)
            s0 += x * pair(b + k)
            s1 += x * pair(b1 + k)
            s2 += x * pair(b2 + k)
            s3 += x * pair(b3 + k)
            k += 2
        }
        subtract((s0, s1, s2, s3), from: result)
    }

    @inline(__always)
    private static func subtract(
        _ sums: (SIMD2<Double>, SIMD2<Double>, SIMD2<Double>, SIMD2<Double>), from result: UnsafeMutablePointer<Double>
    ) {
        result[0] -= sums.0[0] + sums.0[1]
        result[1] -= sums.1[0] + sums.1[1]
        result[2] -= sums.2[0] + sums.2[1]
        result[3] -= sums.3[0] + sums.3[1]
    }

    /// Two neighbouring numbers.
    @inline(__always)
    private static func pair(_ pointer: UnsafePointer<Double>) -> SIMD2<Double> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Double>.self)
    }
}
