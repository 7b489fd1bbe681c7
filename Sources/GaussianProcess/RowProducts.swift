/// Inner products between rows: the inner loop of everything of third order in the number of observations.
///
/// Two rows against four, eight sums of two lanes each: what fits the sixteen vector registers of plain x86-64 and of NEON,
/// so that this library needs no compiler flags and can be a dependency of anyone's. The order of each sum is fixed by its
/// length alone, so no result depends on how rows are grouped.
enum RowProducts {
    /// Subtracts Σ_k a_rk b_ck, k from `range`, from the 2 x 4 numbers at `r0` and `r1`.
    ///
    /// - Precondition: The rows are readable over `range`, which has an even length, and the results are writable.
    @inline(__always)
    static func subtract(
        of a0: UnsafePointer<Double>, _ a1: UnsafePointer<Double>, with b: UnsafePointer<Double>, stride: Int,
        over range: Range<Int>, from r0: UnsafeMutablePointer<Double>, _ r1: UnsafeMutablePointer<Double>
    ) {
        var s00 = SIMD2<Double>.zero
        var s01 = SIMD2<Double>.zero
        var s02 = SIMD2<Double>.zero
        var s03 = SIMD2<Double>.zero
        var s10 = SIMD2<Double>.zero
        var s11 = SIMD2<Double>.zero
        var s12 = SIMD2<Double>.zero
        var s13 = SIMD2<Double>.zero
        let b1 = b + stride
        let b2 = b1 + stride
        let b3 = b2 + stride
        var k = range.lowerBound
        while k < range.upperBound {
            let x0 = pair(a0 + k)
            let x1 = pair(a1 + k)
            let y0 = pair(b + k)
            let y1 = pair(b1 + k)
            s00 += x0 * y0
            s10 += x1 * y0
            s01 += x0 * y1
            s11 += x1 * y1
            let y2 = pair(b2 + k)
            let y3 = pair(b3 + k)
            s02 += x0 * y2
            s12 += x1 * y2
            s03 += x0 * y3
            s13 += x1 * y3
            k += 2
        }
        r0[0] -= s00[0] + s00[1]
        r0[1] -= s01[0] + s01[1]
        r0[2] -= s02[0] + s02[1]
        r0[3] -= s03[0] + s03[1]
        r1[0] -= s10[0] + s10[1]
        r1[1] -= s11[0] + s11[1]
        r1[2] -= s12[0] + s12[1]
        r1[3] -= s13[0] + s13[1]
    }

    /// The same for one row, with the same roundings.
    @inline(__always)
    static func subtract(
        of a: UnsafePointer<Double>, with b: UnsafePointer<Double>, stride: Int, over range: Range<Int>,
        from result: UnsafeMutablePointer<Double>
    ) {
        var s0 = SIMD2<Double>.zero
        var s1 = SIMD2<Double>.zero
        var s2 = SIMD2<Double>.zero
        var s3 = SIMD2<Double>.zero
        let b1 = b + stride
        let b2 = b1 + stride
        let b3 = b2 + stride
        var k = range.lowerBound
        while k < range.upperBound {
            let x = pair(a + k)
            s0 += x * pair(b + k)
            s1 += x * pair(b1 + k)
            s2 += x * pair(b2 + k)
            s3 += x * pair(b3 + k)
            k += 2
        }
        result[0] -= s0[0] + s0[1]
        result[1] -= s1[0] + s1[1]
        result[2] -= s2[0] + s2[1]
        result[3] -= s3[0] + s3[1]
    }

    /// Two neighbouring numbers.
    @inline(__always)
    private static func pair(_ pointer: UnsafePointer<Double>) -> SIMD2<Double> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Double>.self)
    }
}
