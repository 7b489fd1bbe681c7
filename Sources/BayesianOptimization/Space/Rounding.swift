import Platform

/// What a number becomes on its way through other programs.
enum Rounding {
    /// The distance that counts as rounding, as a fraction of a parameter's range on its scale.
    static let tolerance = 1e-6

    /// The least number of significant digits of a text that counts as rounding.
    private static let digits = 6

    /// Whether a number is another one after single precision, or as a text with at least six significant digits.
    static func isResult(_ number: Double, of exact: Double) -> Bool {
        if number == exact || number == Double(Float(exact)) { return true }
        guard number.isFinite, exact != 0, exact.isFinite else { return false }
        // The digits of the shortest text; those that are missing are zeros.
        let text = "\(abs(number))".prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
        let written = text.count - text.reversed().prefix { $0 == "0" }.count
        let exponent = log10(abs(exact)).rounded(.down)
        let unit = pow(10, exponent - Double(max(written, digits)) + 1)
        return abs(number - exact) <= 0.5000001 * unit
    }
}

extension Double {
    /// The number as a person writes it: `2` and not `2.0`.
    var short: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
