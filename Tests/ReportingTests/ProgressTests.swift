import Reporting
import Testing

/// A reporter whose clock and output are the test's.
private final class Recorder {
    var seconds = 0.0
    var text = ""

    func output(isTerminal: Bool) -> ProgressReporter.Output {
        ProgressReporter.Output(
            isTerminal: isTerminal, write: { self.text += $0 }, now: { self.seconds })
    }
}

@Suite("Progress")
struct ProgressTests {
    /// On a terminal one line is drawn again, at most ten times a second.
    @Test func onATerminal() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 1000, output: recorder.output(isTerminal: true))
        recorder.seconds = 0.05
        progress.update(done: 1, phase: "epoch 1 of 5")
        #expect(recorder.text.isEmpty)
        recorder.seconds = 2
        progress.update(done: 250, phase: "epoch 2 of 5")
        let line =
            String(repeating: "█", count: 6) + String(repeating: "░", count: 18)
            + " 25 %  epoch 2 of 5, 125 images/s, 6 s left"
        #expect(recorder.text == "\r\(line)\u{1B}[K")

        // A line that stays takes the place of the one that does not.
        recorder.text = ""
        progress.note("done")
        #expect(recorder.text == "\r\u{1B}[Kdone\n")
        recorder.text = ""
        progress.finish()
        #expect(recorder.text.isEmpty)
    }

    /// In a file there are plain lines, seldom.
    @Test func elsewhere() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 1_000_000, output: recorder.output(isTerminal: false))
        for second in 1...40 {
            recorder.seconds = Double(second)
            progress.update(done: second * 12_500, phase: "epoch 1 of 5")
        }
        progress.finish()
        #expect(
            recorder.text == """
                 18 %  epoch 1 of 5, 12,500 images/s, 1 min 5 s left
                 37 %  epoch 1 of 5, 12,500 images/s, 50 s left

                """)
        #expect(!recorder.text.contains("\r"))
        #expect(!recorder.text.contains("\u{1B}"))
    }

    /// Work may turn out to be more, or nothing at all.
    @Test func odds() {
        let recorder = Recorder()
        let progress = ProgressReporter(total: 0, output: recorder.output(isTerminal: false))
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
