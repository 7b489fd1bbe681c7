import Glibc

extension Double {
    /// With a fixed number of digits after the point, rounded; "–" for what is not a number, "∞" for infinity.
    func formatted(fractionDigits: Int) -> String {
        if isNaN { return "–" }
        if isInfinite { return self < 0 ? "−∞" : "∞" }
        return withVaList([self]) { arguments in
            var buffer = [CChar](repeating: 0, count: 400)
            vsnprintf(&buffer, buffer.count, "%.\(fractionDigits)f", arguments)
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// With about this many significant digits, for people.
    func formatted(significantDigits: Int) -> String {
        guard isFinite, self != 0 else { return formatted(fractionDigits: 0) }
        let magnitude = Int(log10(magnitude).rounded(.down))
        return formatted(fractionDigits: Swift.max(0, significantDigits - 1 - magnitude))
    }
}
