import Platform

/// Parts of gnuplot's scripts.
extension Gnuplot {
    /// A named data block of at least one line; it replaces an earlier one of that name.
    static func block(_ name: String, _ lines: [String]) -> String {
        "$\(name) << end\n\(lines.joined(separator: "\n"))\nend"
    }

    /// Vertical lines over the whole height of a plot, each with its style.
    static func verticals(_ lines: [(x: Double, style: String)]) -> String {
        lines.enumerated().map { index, line in
            "set arrow \(index + 1) from \(line.x), graph 0 to \(line.x), graph 1 nohead \(line.style) front"
        }
        .joined(separator: "\n")
    }

    /// A text for single quotes, with gnuplot's markup escaped.
    ///
    /// A line break would end the command, and the rest of the text would be the next one. So it becomes a space, as other
    /// control characters do.
    static func text(_ text: String) -> String {
        text.map { character in
            // Neither control characters nor what is no character of XML.
            let isText = character.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value & 0xfffe != 0xfffe }
            if character.isNewline || !isText { return " " }
            return "{}^_@&~\\".contains(character) ? "\\\(character)" : character == "'" ? "''" : "\(character)"
        }.joined()
    }

    /// A list of ticks with texts.
    ///
    /// The text of a tick is a format, in which `%` has a meaning.
    static func ticks(_ texts: [(place: Int, text: String)]) -> String {
        let ticks = texts.map { "'\(text($0.text).replacing("%", with: "%%"))' \($0.place)" }
        return "(\(ticks.joined(separator: ", ")))"
    }
}

extension ClosedRange<Double> {
    /// The range in gnuplot's syntax.
    var gnuplot: String { "[\(lowerBound):\(upperBound)]" }

    /// The commands of a vertical axis over the range, with about five ticks at round numbers.
    var yAxis: String {
        let raw = (upperBound - lowerBound) / 5
        let power = pow(10, log10(raw).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        return "set yrange \(gnuplot); set ytics \(step)"
    }
}
