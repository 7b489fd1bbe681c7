import Foundation
import Reporting
import Studies
import Synchronization
import TestSupport
import Testing

@Suite("Plots in the background")
struct PlotWriterTests {
    /// The folder and the warnings of a test.
    private final class Output: Sendable {
        let folder: TemporaryFolder
        private let lines = Mutex<[String]>([])

        init() throws { folder = try TemporaryFolder() }

        var warnings: [String] { lines.withLock { $0 } }
        func path(_ format: String) -> String { folder.path("optimization_plots.\(format)") }
        func writer(_ gnuplot: Gnuplot = Gnuplot()) -> PlotWriter {
            PlotWriter(folder: folder.path, gnuplot: gnuplot) { [self] line in lines.withLock { $0.append(line) } }
        }

        /// The names of all files.
        var files: [String] { (try? folder.files()) ?? [] }

        /// The last iteration in the SVG, 0 for an older file.
        var iteration: Int? {
            guard let svg = try? String(contentsOfFile: path("svg"), encoding: .utf8) else { return nil }
            return svg.matches(of: /Iteration (\d+)/).compactMap { Int($0.1) }.max() ?? 0
        }
    }

    private static let both = ["optimization_plots.png", "optimization_plots.svg"]

    /// Snapshots of the iterations from the second to a given one.
    private func snapshots(to last: Int) -> [SurrogateSnapshot] {
        (2...last).map { iteration in
            SurrogateSnapshot(
                iterations: iteration...iteration, points: [.init(x: 0.1, loss: 0.4)], xs: [0.1, 0.5],
                means: [0.4, 0.3],
                standardDeviations: [0.1, 0.1], acquisitions: [0, 1], next: [0.5])
        }
    }

    /// Files are complete once `finish` returns, and the next update replaces them.
    @Test func files() throws {
        let output = try Output()
        let writer = output.writer()
        writer.check()
        #expect(output.files.isEmpty)
        for last in [2, 5] {
            writer.update(snapshots(to: last))
            writer.finish()
            #expect(output.files == Self.both)
            #expect(output.iteration == last)
        }
        #expect(output.warnings.isEmpty)
    }

    /// An update does not wait for a drawing, and only the latest waiting one is drawn.
    @Test(.timeLimit(.minutes(10))) func latestOnly() throws {
        let output = try Output()
        let fake = try FakeGnuplot(
            "echo x >>\"$0.runs\"; while [ ! -e \"$0.go\" ]; do sleep 0.01; done\n\(FakeGnuplot.drawing)")
        let writer = output.writer(fake.gnuplot)
        for last in 2...20 { writer.update(snapshots(to: last)) }
        #expect(output.files.isEmpty)
        try "".write(toFile: fake.path + ".go", atomically: true, encoding: .utf8)
        writer.finish()
        #expect(output.iteration == 20)
        // The first update may have started already; each has two formats.
        let runs = try fake.contents(".runs").count / 2
        #expect(runs == 2 || runs == 4)
    }

    /// For every failure of gnuplot: a warning before the work, unchanged old files, and plots once it works again.
    @Test(arguments: [
        ("echo 'cannot draw' >&2; exit 1", "failed: cannot draw"),
        ("exit 0", "failed: its output is not a complete PNG file"),
        ("echo garbage", "failed: its output is not a complete SVG file"),
        ("\(FakeGnuplot.drawing) | head -c 3000", "failed: its output is not a complete PNG file"),
        ("rm \"$0\"; kill -9 $$", "failed: it ended with status 137"),
        ("rm \"$0\"; kill -9 $$", "there is no program PROGRAM; install the Debian package gnuplot-nox"),
    ])
    func programs(script: String, warning: String) throws {
        let output = try Output()
        for format in ["png", "svg"] { try "old".write(toFile: output.path(format), atomically: true, encoding: .utf8) }
        let fake = try FakeGnuplot(script)
        let writer = output.writer(fake.gnuplot)
        writer.check()
        let expected = warning.replacing("PROGRAM", with: fake.path)
        #expect(output.warnings.contains { $0.hasPrefix("can't draw the plots: ") && $0.hasSuffix(expected) })
        #expect(output.warnings.allSatisfy { !$0.contains("\n") })
        for last in 2...4 {
            writer.update(snapshots(to: last))
            writer.finish()
        }
        // A warning is not repeated, and is sent once for both formats if the reason is the same.
        #expect(output.warnings.count == Set(output.warnings).count)
        #expect(output.iteration == 0 && output.files == Self.both)

        let before = output.warnings
        try fake.replace(by: FakeGnuplot.drawing)
        writer.update(snapshots(to: 5))
        writer.finish()
        #expect(output.iteration == 5 && output.warnings == before)
    }

    /// A gnuplot without one of the terminals draws the other format.
    @Test func missingTerminal() throws {
        let output = try Output()
        let message = "unknown or ambiguous terminal type"
        let fake = try FakeGnuplot(
            "case $script in *pngcairo*) echo 'line 3: \(message)' >&2; exit 1;; esac\n\(FakeGnuplot.drawing)")
        let writer = output.writer(fake.gnuplot)
        writer.check()
        writer.update(snapshots(to: 2))
        writer.finish()
        #expect(output.files == ["optimization_plots.svg"])
        #expect(output.warnings == ["can't draw the plots: \(fake.path) failed: \(message)"])
    }

    /// A file that can't be written is a warning before the work.
    ///
    /// The other format is drawn, and this one as soon as possible.
    @Test func folderInTheWay() throws {
        let output = try Output()
        try FileManager.default.createDirectory(atPath: output.path("png"), withIntermediateDirectories: true)
        let writer = output.writer()
        writer.check()
        #expect(output.warnings == ["\(output.path("png")) can't be written: Is a directory"])
        for last in 2...3 {
            writer.update(snapshots(to: last))
            writer.finish()
        }
        #expect(output.iteration == 3 && output.warnings.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: output.path("png")).isEmpty)

        try FileManager.default.removeItem(atPath: output.path("png"))
        writer.update(snapshots(to: 4))
        writer.finish()
        #expect(try Data(contentsOf: URL(fileURLWithPath: output.path("png"))).starts(with: [0x89, 0x50]))
        #expect(output.warnings.count == 1)
    }

    /// A missing folder is a warning too.
    @Test func missingFolder() throws {
        let output = try Output()
        let writer = output.writer()
        writer.check()
        try FileManager.default.removeItem(atPath: output.folder.path)
        writer.update(snapshots(to: 2))
        writer.finish()
        #expect(output.warnings.count == 2)
        #expect(output.warnings.allSatisfy { $0.contains("can't be written: No such file or directory") })
    }
}
