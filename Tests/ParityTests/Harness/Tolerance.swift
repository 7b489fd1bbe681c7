import Foundation

/// How far an fp32 result may lie from the exact one.
///
/// Every tolerance is `c u S`, with `u = 2^-24` the unit roundoff of fp32, `S` the sum of the absolute values of the
/// terms that the result is a sum of, and `c` the number of roundings that one term can meet, counted below. It is never
/// relative to the result: the result may be nothing but cancelled rounding errors.
///
/// The model of arithmetic is the standard one, `fl(a op b) = (a op b)(1 + d)` with `|d| <= u` for addition,
/// subtraction and multiplication, fused or not (a fused multiply-add leaves one of the roundings out), and OpenCL's
/// stated bounds elsewhere: division 2.5 ulp (`5 u`), square root 3 ulp (`6 u`), exp and log 3 ulp (`6 u`).
/// A product of factors `1 + d` is taken to first order; the second is below 1e-3 of it for the `c` met here.
/// Subnormal numbers may be flushed to zero on the way in and out of every operation: `2^-126` for each term.
enum Tolerance {
    /// The unit roundoff of fp32.
    static let u = 0x1p-24

    /// Roundings that one term of a plain sum of products can meet: one of its product, one of each addition, and the
    /// one of the expected value, which the reference rounds to fp32 as well.
    ///
    /// For sums within a window, over channels or over features, which are short.
    static func roundings(ofSum terms: Int) -> Double { Double(terms) + 2 }

    /// Roundings that one term of a sum over a batch or a plane can meet.
    ///
    /// The contract asks for an error that does not grow with the length. The best single level of blocks, `sqrt(n)`
    /// blocks of `sqrt(n)` terms, has `2 sqrt(n)` roundings; trees and several levels have fewer. 32 are added for the
    /// products and what comes before and after, so that short sums are free in their order.
    static func roundings(ofLongSum terms: Int) -> Double {
        min(roundings(ofSum: terms) + 16, 2 * Double(terms).squareRoot() + 32)
    }

    /// What flushing subnormal numbers can do to a sum of so many terms.
    static func flushed(_ terms: Int) -> Double { Double(terms + 1) * 0x1p-126 }
}
