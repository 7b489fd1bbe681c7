/// How far work is, in numbers.
struct ProgressState: Equatable {
    /// Units of work that are done.
    var done: Int

    /// All units of work.
    var total: Int

    /// Seconds since the beginning.
    var seconds: Double

    /// The part that is done, 0 to 1.
    var fraction: Double { total > 0 ? min(Double(done) / Double(total), 1) : 0 }

    /// Units a second; nil before there is something to go by.
    var rate: Double? { done > 0 && seconds > 0 ? Double(done) / seconds : nil }

    /// Seconds that the rest takes at the rate so far.
    var secondsLeft: Double? { rate.map { Double(max(total - done, 0)) / $0 } }

    /// One line about it.
    ///
    /// - Parameter columns: Columns there are for it, with a bar where there is space; nil for a line without a bar, of any
    ///   length. The bar gives way first, then the rate, then the phase, then the percentage; the time left stays.
    func line(phase: String, columns: Int? = nil) -> String {
        let rate = rate.map { "\(grouped(Int($0))) images/s" }
        let left = secondsLeft.map { "\(duration($0)) left" }
        let percent = "\(Int(100 * fraction)) %"
        let padded = "\(String(repeating: " ", count: max(5 - percent.count, 0)))\(percent)"
        func text(_ parts: String?...) -> String {
            "\(padded)  " + parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", ")
        }
        guard let columns else { return text(phase, rate, left) }
        let texts = [text(phase, rate, left), text(phase, left), text(left), left ?? percent]
        let text = texts.first { $0.count <= columns } ?? String(texts[3].prefix(max(columns, 0)))
        let width = min(24, columns - text.count)
        guard text == texts[0], width >= 4 else { return text }
        let filled = Int(Double(width) * fraction)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled) + text
    }

    /// A number with its thousands apart.
    private func grouped(_ value: Int) -> String {
        let digits = String(value)
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, (digits.count - digit.offset).isMultiple(of: 3) { text.append(",") }
            text.append(digit.element)
        }
    }
}

/// A time as people say it: `40 s`, `3 min 20 s`, `2 h 05 min`.
package func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 360_000_000 else { return "very long" }
    let whole = Int(seconds.rounded(.up))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if hours > 0 { return "\(hours) h \(minutes < 10 ? "0" : "")\(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(whole % 60) s" : "\(whole) s"
}
