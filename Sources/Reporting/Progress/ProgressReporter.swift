import Glibc

/// Tells a person how far long work is, and when it will end.
///
/// On a terminal one line is drawn again and again; elsewhere (a file, a pipe) there is a plain line now and then.
package final class ProgressReporter {
    /// Where progress goes.
    package struct Output {
        /// Whether a person looks at it: whether a line can be drawn again.
        package var isTerminal: Bool

        /// Takes text, which may end within a line.
        package var write: (String) -> Void

        /// Seconds on a clock that never goes back.
        package var now: () -> Double

        /// An output of one's own, for a test.
        package init(isTerminal: Bool, write: @escaping (String) -> Void, now: @escaping () -> Double) {
            self.isTerminal = isTerminal
            self.write = write
            self.now = now
        }

        /// Standard error.
        package static var standardError: Output {
            let start = ContinuousClock.now
            return Output(
                isTerminal: isatty(STDERR_FILENO) == 1,
                write: { text in
                    var text = text
                    // A closed standard error is no reason to stop.
                    _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
                },
                now: { (ContinuousClock.now - start) / .seconds(1) })
        }
    }

    /// Seconds between two lines: often enough to look alive, seldom enough to cost nothing and to fill no log.
    private var interval: Double { output.isTerminal ? 0.1 : 15 }

    private let output: Output
    private let unit: String
    private var total: Int
    private var start: Double
    private var lastLine: Double
    private var isLineDrawn = false
    private var state: ProgressState

    /// Progress through `total` units of work.
    ///
    /// - Parameter unit: What is counted, as a plural.
    package init(total: Int, unit: String = "images", output: Output = .standardError) {
        self.output = output
        self.unit = unit
        self.total = total
        start = output.now()
        lastLine = start
        state = ProgressState(done: 0, total: total, seconds: 0)
    }

    /// Tells how much is done since the beginning.
    ///
    /// - Parameters:
    ///   - total: All the work, if that is known better now.
    ///   - phase: What is being done, in a few words.
    package func update(done: Int, total: Int? = nil, phase: String) {
        if let total { self.total = total }
        let now = output.now()
        state = ProgressState(done: done, total: self.total, seconds: now - start)
        guard now - lastLine >= interval else { return }
        lastLine = now
        if output.isTerminal {
            // To the beginning of the line, which is then cleared to its end.
            output.write("\r\(state.line(phase: phase, unit: unit, withBar: true))\u{1B}[K")
            isLineDrawn = true
        } else {
            output.write(state.line(phase: phase, unit: unit, withBar: false) + "\n")
        }
    }

    /// Writes a line that stays.
    package func note(_ line: String) {
        clear()
        output.write(line + "\n")
    }

    /// Takes the line of progress away.
    package func finish() {
        clear()
    }

    private func clear() {
        guard isLineDrawn else { return }
        output.write("\r\u{1B}[K")
        isLineDrawn = false
    }
}
