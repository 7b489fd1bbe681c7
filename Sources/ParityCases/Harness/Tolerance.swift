/// The tolerances of fp32 results.
///
/// Every tolerance is `c u S`, with `u = 2^-24` the unit roundoff of fp32, `S` the sum of the absolute values of the
/// terms of the result, and `c` the maximum number of roundings of one term, counted below. It is never relative to the
/// result, because the terms may cancel.
///
/// The model of arithmetic is the standard one, `fl(a op b) = (a op b)(1 + d)` with `|d| <= u` for addition,
/// subtraction and multiplication, fused or not (a fused multiply-add leaves one of the roundings out), and OpenCL's
/// specified bounds elsewhere: division 2.5 ulp (`5 u`), square root 3 ulp (`6 u`), exp and log 3 ulp (`6 u`).
/// A product of factors `1 + d` is taken to first order; the second is below 1e-3 of it for the `c` met here.
/// Subnormal numbers may be flushed to zero on the way in and out of every operation: `2^-126` for each term.
enum Tolerance {
    /// The unit roundoff of fp32.
    static let u = 0x1p-24

    /// The roundings of one term of a plain sum of products: one of its product, one of each addition, and one of the
    /// expected value, which the reference rounds to fp32 too.
    ///
    /// For sums within a window, over channels or over features, which are short.
    static func roundings(ofSum terms: Int) -> Double { Double(terms) + 2 }

    /// The roundings of one term of a sum over a batch or a plane.
    ///
    /// The contract requires an error that does not grow with the length. The best single level of blocks, `sqrt(n)`
    /// blocks of `sqrt(n)` terms, has `2 sqrt(n)` roundings; trees and several levels have fewer. 32 are added for the
    /// products and other operations, so that short sums may have any order.
    static func roundings(ofLongSum terms: Int) -> Double {
        min(roundings(ofSum: terms) + 16, 2 * Double(terms).squareRoot() + 32)
    }

    /// The error of a sum of `terms` terms if subnormal numbers are flushed to zero.
    static func flushed(_ terms: Int) -> Double { Double(terms + 1) * 0x1p-126 }
}
