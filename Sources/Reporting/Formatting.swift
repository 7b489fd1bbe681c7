import Platform

extension Double {
    /// The number rounded to a fixed number of decimals; "–" for NaN, "∞" for infinity.
    package func formatted(fractionDigits: Int) -> String {
        if isNaN { return "–" }
        if isInfinite { return self < 0 ? "−∞" : "∞" }
        return printed("%.\(fractionDigits)f")
    }

    /// The number with about this many significant digits, for display.
    func formatted(significantDigits: Int) -> String {
        guard isFinite, self != 0 else { return formatted(fractionDigits: 0) }
        let magnitude = Int(log10(magnitude).rounded(.down))
        return formatted(fractionDigits: Swift.max(0, significantDigits - 1 - magnitude))
    }

    /// The number with a power of ten if that is shorter, such as 1.2e-5.
    func formattedShort(significantDigits: Int) -> String {
        guard isFinite, self != 0, magnitude < 1e-3 else { return formatted(significantDigits: significantDigits) }
        let parts = printed("%.\(significantDigits - 1)e").split(separator: "e")
        return "\(parts[0])e\(Int(parts[1]) ?? 0)"
    }
}
