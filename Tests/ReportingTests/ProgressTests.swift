import Reporting
import Testing

/// A reporter with the clock and the output of the test.
private final class Recorder {
    var seconds = 0.0
    var text = ""

    /// - Parameter columns: The columns of the terminal; `nil` for a file.
    func output(columns: Int?) -> ProgressReporter.Output {
        ProgressReporter.Output(
            columns: { columns }, write: { self.text += "\($0)\n" }, draw: { self.text += "<\($0)>" },
            clear: { self.text += "<>" }, now: { self.seconds })
    }
}

@Suite("Progress")
struct ProgressTests {
    /// On a terminal one line is redrawn at most ten times a second.
    @Test func onATerminal() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 1000, output: recorder.output(columns: 100))
        recorder.seconds = 0.05
        progress.update(done: 1, phase: "epoch 1 of 5")
        #expect(recorder.text.isEmpty)
        recorder.seconds = 2
        progress.update(done: 250, phase: "epoch 2 of 5")
        let line =
            String(repeating: "█", count: 6) + String(repeating: "░", count: 18)
            + " 25 %  epoch 2 of 5, 125 images/s, 6 s left"
        #expect(recorder.text == "<\(line)>")

        // A permanent line replaces the drawn one.
        recorder.text = ""
        progress.note("done")
        #expect(recorder.text == "done\n")
        progress.finish()
        #expect(recorder.text == "done\n<>")
    }

    /// Units of work that take different times have no rate.
    @Test func withoutARate() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 200, unit: nil, output: recorder.output(columns: nil))
        recorder.seconds = 15
        progress.update(done: 50, phase: "cpu")
        #expect(recorder.text == " 25 %  cpu, 45 s left\n")
    }

    /// The line fits every width, leaves the last column empty, and has the remaining time if that fits.
    @Test(arguments: ["epoch 2 of 5", "evaluations 11 to 18 of 100, epoch 3 of 5", ""]) func widths(phase: String) {
        func line(_ columns: Int) -> String {
            let recorder = Recorder()
            let progress = ProgressReporter(total: 12_345_678, output: recorder.output(columns: columns))
            recorder.seconds = 100
            progress.update(done: 12_300_000, phase: phase)
            #expect(recorder.text.hasPrefix("<") && recorder.text.hasSuffix(">"))
            return String(recorder.text.dropFirst().dropLast())
        }
        let rate = "123,000 images/s"
        var before = ""
        for columns in 1...200 {
            let line = line(columns)
            #expect(line.count <= columns - 1)
            #expect(line.hasSuffix("1 s left") || columns <= "1 s left".count)
            // A wider terminal shows everything that a narrower one shows.
            for part in ["%", phase, rate, "░"] where before.contains(part) { #expect(line.contains(part)) }
            // The bar is omitted first, then the rate, then the phase.
            if line.contains("░") { #expect(line.contains(rate)) }
            if line.contains(rate), !phase.isEmpty { #expect(line.contains(phase)) }
            if line.contains(phase), !phase.isEmpty { #expect(line.contains("%")) }
            before = line
        }
        #expect(before.prefix { "█░".contains($0) }.count == 24)
    }

    /// A file gets plain lines at long intervals.
    @Test func elsewhere() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 1_000_000, output: recorder.output(columns: nil))
        for second in 1...40 {
            recorder.seconds = Double(second)
            progress.update(done: second * 12_500, phase: "epoch 1 of 5")
        }
        #expect(
            recorder.text == """
                 18 %  epoch 1 of 5, 12,500 images/s, 1 min 5 s left
                 37 %  epoch 1 of 5, 12,500 images/s, 50 s left

                """)
    }

    /// The amount of work may grow, or be zero.
    @Test func odds() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 0, output: recorder.output(columns: nil))
        recorder.seconds = 20
        progress.update(done: 0, phase: "")
        recorder.seconds = 40
        progress.update(done: 10, total: 5, phase: "test")
        #expect(recorder.text == "  0 %  \n100 %  test, 0 images/s, 0 s left\n")
    }

    @Test(arguments: [
        (0, "0 s"), (0.2, "1 s"), (59, "59 s"), (60, "1 min 0 s"), (61.5, "1 min 2 s"), (3600, "1 h 00 min"),
        (7505, "2 h 05 min"), (.infinity, "very long"), (.nan, "very long"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(duration(seconds) == text)
    }
}
