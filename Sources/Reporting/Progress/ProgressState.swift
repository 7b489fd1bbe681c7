/// The state of progress.
struct ProgressState: Equatable {
    /// The finished units of work.
    var done: Int

    /// All units of work.
    var total: Int

    /// Seconds since the beginning.
    var seconds: Double

    /// What the rate counts; `nil` if it is not shown.
    var unit: String? = "images"

    /// The finished fraction, 0 to 1.
    var fraction: Double { total > 0 ? min(Double(done) / Double(total), 1) : 0 }

    /// The units per second; `nil` before the first measurement.
    var rate: Double? { done > 0 && seconds > 0 ? Double(done) / seconds : nil }

    /// The remaining seconds at the rate so far.
    var secondsLeft: Double? { rate.map { Double(max(total - done, 0)) / $0 } }

    /// The state as one line.
    ///
    /// - Parameter columns: The available columns, for a line with a bar; `nil` for a line without a bar, of any
    ///   length. In a narrow line the bar is omitted first, then the rate, then the phase, then the percentage, but
    ///   never the remaining time.
    func line(phase: String, columns: Int? = nil) -> String {
        let rate = unit.flatMap { unit in self.rate.map { "\(grouped(Int($0))) \(unit)/s" } }
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

    /// A number with grouped thousands.
    private func grouped(_ value: Int) -> String {
        let digits = String(value)
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, (digits.count - digit.offset).isMultiple(of: 3) { text.append(",") }
            text.append(digit.element)
        }
    }
}

/// A duration such as `40 s`, `3 min 20 s` or `2 h 05 min`.
package func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 360_000_000 else { return "very long" }
    let whole = Int(seconds.rounded(.up))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if hours > 0 { return "\(hours) h \(minutes < 10 ? "0" : "")\(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(whole % 60) s" : "\(whole) s"
}
