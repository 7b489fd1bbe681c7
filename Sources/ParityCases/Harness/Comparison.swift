/// The comparison of some numbers of a backend with those that are expected.
package struct Comparison: Sendable {
    /// What was compared.
    package let subject: String
    /// The largest error in units of its tolerance: at most 1 if all is right.
    ///
    /// It is infinite for numbers that should be equal and are not, and for a number that is not finite and should be.
    package let ratio: Double
    /// The first number outside its tolerance, or what else is wrong; nil if all is right.
    package let difference: String?

    /// Whether all is right.
    package var isPassing: Bool { difference == nil }

    /// A comparison of something else than numbers.
    ///
    /// - Parameter failure: what is wrong, if `holds` is false.
    init(_ subject: String, _ holds: Bool, failure: @autoclosure () -> String) {
        self.subject = subject
        ratio = holds ? 0 : .infinity
        difference = holds ? nil : failure()
    }

    /// Compares numbers, each of which has a tolerance.
    ///
    /// If the expected number is not finite, the found one must not be finite either (NaN or infinity depends on the order of
    /// a sum). A tolerance that is not finite means that the number is undefined: zero times infinity, where a backend may skip
    /// the zero.
    ///
    /// - Parameter tolerances: nil for numbers that must have the same bits; all NaN are equal.
    package init(
        _ subject: String, _ found: some Collection<Float>, expected: some Collection<Float>,
        tolerances: [Double]? = nil
    ) {
        self.subject = subject
        guard found.count == expected.count else {
            (ratio, difference) = (.infinity, "\(found.count) numbers instead of \(expected.count)")
            return
        }
        var (worst, first): (Double, String?) = (0, nil)
        for (index, (found, expected)) in zip(found, expected).enumerated() {
            let ratio = Self.ratio(found, expected, tolerance: tolerances?[index])
            if ratio > 1, first == nil {
                let tolerance = tolerances.map { ", with a tolerance of \($0[index])" } ?? ""
                first = "number \(index) is \(found) instead of \(expected)\(tolerance)"
            }
            worst = max(worst, ratio)
        }
        (ratio, difference) = (worst, first)
    }

    /// The error of a number in units of its tolerance.
    private static func ratio(_ found: Float, _ expected: Float, tolerance: Double?) -> Double {
        guard let tolerance else {
            return found.bitPattern == expected.bitPattern || (found.isNaN && expected.isNaN) ? 0 : .infinity
        }
        if !expected.isFinite { return found.isFinite ? .infinity : 0 }
        if !tolerance.isFinite { return 0 }
        let error = abs(Double(found) - Double(expected))
        return error == 0 ? 0 : error.isFinite ? error / tolerance : .infinity
    }
}
