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
    func line(phase: String, unit: String, withBar: Bool) -> String {
        var parts = [phase]
        if let rate { parts.append("\(grouped(Int(rate))) \(unit)/s") }
        if let secondsLeft { parts.append("\(duration(secondsLeft)) left") }
        let percent = "\(Int(100 * fraction)) %"
        let text =
            "\(String(repeating: " ", count: max(5 - percent.count, 0)))\(percent)  "
            + parts.filter { !$0.isEmpty }.joined(separator: ", ")
        guard withBar else { return text }
        let width = 24
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
