import Platform

/// The numbers at equal steps from a lower to an upper bound.
struct Steps: Sendable, Equatable {
    let lower: Double
    let step: Double

    /// The greatest index of a number.
    let last: Int

    /// The power of ten that makes all numbers whole; `nil` if there is none that floating point has exactly.
    private let decimalScale: Double?

    /// Creates the numbers up to a bound, which is one of them only if the steps meet it, but for rounding errors.
    ///
    /// - Returns: `nil` if neighbouring numbers would coincide in floating point.
    init?(from lower: Double, to upper: Double, step: Double) {
        let quotient = (upper - lower) / step
        let magnitude = max(abs(lower), abs(upper))
        // The difference of bounds such as 0.8 and 1.0 is not exactly two steps of 0.1.
        let rounding = min(0.01, 4 * Double.ulpOfOne * (magnitude / step + quotient))
        guard let last = Int(exactly: (quotient + rounding).rounded(.down)), last <= 1 << 53 else { return nil }
        guard last == 0 || magnitude + step > magnitude else { return nil }
        self.lower = lower
        self.step = step
        self.last = last
        let decimals = max(Self.decimals(of: lower), Self.decimals(of: step))
        let scale = pow(10, Double(decimals))
        decimalScale = decimals <= 15 && magnitude * scale < 0x1p53 ? scale : nil
    }

    /// The number with an index.
    ///
    /// Where the bound and the step are short decimal fractions, it is the closest number to their sum: 0.3, and not
    /// 0.1 + 2 × 0.1, which is another number in floating point.
    func number(_ index: Int) -> Double {
        let number = lower + Double(index) * step
        return decimalScale.map { (number * $0).rounded() / $0 } ?? number
    }

    /// The index of the closest number.
    func index(nearestTo number: Double) -> Int {
        let index = ((number - lower) / step).rounded()
        return index > 0 ? min(Int(exactly: index) ?? last, last) : 0
    }

    /// The number of decimals in the shortest text of a number.
    private static func decimals(of number: Double) -> Int {
        let parts = "\(abs(number))".split(separator: "e")
        let fraction = parts[0].split(separator: ".").dropFirst().first.map { $0 == "0" ? 0 : $0.count } ?? 0
        return max(0, fraction - (parts.count > 1 ? Int(parts[1]) ?? 0 : 0))
    }
}
