import BayesianOptimization
import Foundation
import Reporting
import Studies
import Testing

@Suite("Plot")
struct PlotTests {
    /// Pictures of consecutive iterations, from the second on, with a band that narrows at each observation.
    private func pictures(_ iterations: ClosedRange<Int>) -> [IterationPicture] {
        let xs = (0...100).map { 0.001 + 0.00899 * Double($0) } + [0.9]
        return iterations.map { iteration in
            let observations = (1..<iteration).map { index in
                IterationPicture.Point(x: xs[(37 * index) % 100], loss: 0.3 + 0.01 * Double(index % 7), error: 0.01)
            }
            return IterationPicture(
                iterations: iteration...iteration, points: observations, xs: xs,
                means: xs.map { 0.3 + ($0 - 0.3) * ($0 - 0.3) },
                standardDeviations: xs.map { x in observations.map { abs($0.x - x) }.min() ?? 1 },
                acquisitions: xs.map { max(0, 0.1 - abs($0 - xs[25])) }, next: [xs[25]])
        }
    }

    /// As many pictures from the second iteration on.
    private func pictures(_ count: Int) -> [IterationPicture] {
        count == 0 ? [] : pictures(2...count + 1)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The big-endian width and height that a PNG file's header gives.
    private func sizeOfPNG(_ bytes: [UInt8]) -> [Int] {
        [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    /// Every iteration has its row, so a picture grows with them; one without any still is a picture.
    @Test(arguments: [0, 1, 3])
    func rows(count: Int) throws {
        let plot = OptimizationPlot(of: pictures(count))

        let png = try plot.draw(.png)
        #expect(png.starts(with: [0x89] + Array("PNG\r\n".utf8)))
        let size = sizeOfPNG(png)
        let single = sizeOfPNG(try OptimizationPlot(of: pictures(1)).draw(.png))
        #expect(size[0] == single[0])
        #expect(size[1] - single[1] == (max(count, 1) - 1) * 300)

        let svg = text(try plot.draw(.svg))
        #expect(svg.contains("</svg>"))
        for iteration in 2..<6 {
            #expect(svg.contains("Iteration \(iteration)") == (iteration < count + 2))
        }
        #expect(svg.contains("Nothing to show") == (count == 0))
    }

    /// Axes are labelled in every row, the legends stand above the first.
    @Test func labels() throws {
        let svg = text(try OptimizationPlot(of: pictures(3)).draw(.svg))
        // A title names a curve for people who can't see it; it is not drawn.
        let drawn = svg.split(separator: "\n").filter { !$0.contains("<title>") }.joined(separator: "\n")
        func count(_ label: String) -> Int { drawn.components(separatedBy: ">\(label)<").count - 1 }
        #expect(count("learning rate") == 6)
        #expect(count("validation loss") == 3)
        #expect(count("expected improvement") == 3)
        for legend in ["90 % band (±1.645 σ)", "surrogate mean", "evaluated", "acquisition function"] {
            #expect(count(legend) == 1, "\(legend)")
        }
        #expect(count("next") == 2)
        #expect(count("next: 0.2258") == 3)
    }

    /// Of a long study the last iterations are shown, since a picture has a limit.
    @Test func longStudiesAreCut() throws {
        let svg = text(try OptimizationPlot(of: pictures(2...129)).draw(.svg))
        #expect(svg.contains("Iteration 129"))
        #expect(svg.contains("Iteration 30"))
        #expect(!svg.contains("Iteration 29<"))
    }

    /// Curves without a scale of their own: constant, negative, nowhere positive.
    @Test(arguments: [0.0, -5, 1e9])
    func flatCurves(level: Double) throws {
        let picture = IterationPicture(
            iterations: 2...2, points: [IterationPicture.Point(x: 0.5, loss: level)], xs: [0.1, 0.5],
            means: [level, level],
            standardDeviations: [0, 0], acquisitions: [0, 0], next: [0.5])
        #expect(text(try OptimizationPlot(of: [picture]).draw(.svg)).contains("</svg>"))
    }

    /// A picture with all there can be: a logarithmic axis, several points at once, every kind of trial, the choice.
    private func everything() -> [IterationPicture] {
        let xs = (0...100).map { 0.001 * exp(log(900) * Double($0) / 100) }
        let points: [IterationPicture.Point] = [
            .init(x: xs[10], loss: 0.45, error: 0.02), .init(x: xs[60], loss: 0.28, error: 0.01),
            .init(x: xs[30], loss: 0.38, error: 0.05, state: .pruned),
            .init(x: xs[99], loss: 2.3, error: 0.9, state: .diverged),
            .init(x: xs[100], loss: .nan, state: .diverged),
        ]
        func picture(_ iterations: ClosedRange<Int>, next: [Double], choice: Double?) -> IterationPicture {
            IterationPicture(
                iterations: iterations, points: points, xs: xs, means: xs.map { 0.3 + 0.02 * pow(log($0 / xs[60]), 2) },
                standardDeviations: xs.map { _ in 0.02 }, acquisitions: xs.map { -pow(log($0 / xs[50]), 2) - 2 },
                acquisitionName: "log expected improvement", next: next, choice: choice, scale: .log)
        }
        return [picture(6...7, next: [xs[50], xs[70]], choice: nil), picture(8...8, next: [], choice: xs[55])]
    }

    /// Where other hyperparameters are searched too, a row says at which of their values it cuts through the space.
    @Test func cuts() throws {
        func picture(_ cut: [IterationPicture.Cut]) -> IterationPicture {
            IterationPicture(
                iterations: 2...2, points: [.init(x: 0.1, loss: 0.4)], xs: [0.1, 0.5], means: [0.4, 0.3],
                standardDeviations: [0.1, 0.1], acquisitions: [0, 1], next: [0.5], cut: cut)
        }
        let several = text(
            try OptimizationPlot(of: [
                picture([
                    .init(.momentum, 0.456_78), .init(.weightDecay, 1.234e-5), .init(.batchSize, 64),
                ])
            ]).draw(.svg))
        #expect(several.contains("Iteration 2"))
        #expect(several.contains("curves at momentum 0.46, weight decay 1.2e-5, batch size 64<"))
        #expect(!text(try OptimizationPlot(of: [picture([])]).draw(.svg)).contains("momentum"))
    }

    @Test func everyKindOfTrialHasItsMark() throws {
        let svg = text(try OptimizationPlot(of: everything()).draw(.svg))
        let drawn = svg.split(separator: "\n").filter { !$0.contains("<title>") }.joined(separator: "\n")
        func count(_ label: String) -> Int { drawn.components(separatedBy: ">\(label)<").count - 1 }
        for legend in ["evaluated", "stopped early", "diverged"] { #expect(count(legend) == 1, "\(legend)") }
        #expect(count("final choice") == 2)
        #expect(svg.contains("Iterations 6 to 7"))
        #expect(svg.contains("After 7 evaluations"))
        #expect(count("log expected improvement") == 2)
        // Powers of ten are a logarithmic axis's own marks; a linear one has none at 0.001 and 0.01 together.
        #expect(count("0.001") == 4)
        #expect(count("0.01") == 4)
        #expect(count("0.1") >= 4)
        // A diverged loss does not stretch the axis: 2.3 is nowhere near the others.
        #expect(count("2") == 0)
    }

    /// The scale of one study does not stay for the next.
    @Test func linearAxesHaveNoPowers() throws {
        let svg = text(try OptimizationPlot(of: pictures(2)).draw(.svg))
        #expect(!svg.contains(">0.001<"))
        #expect(svg.contains(">0.9<"))
    }

    /// Both files are written, and replace what was there.
    @Test func files() throws {
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = try OptimizationPlot(of: pictures(2)).write(to: folder)
        #expect(
            paths.map { String($0.dropFirst(folder.count + 1)) } == [
                "optimization_plots.png", "optimization_plots.svg",
            ])
        try OptimizationPlot(of: pictures(1)).write(to: folder)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                == paths.map { ($0 as NSString).lastPathComponent })
        #expect(try !String(contentsOfFile: paths[1], encoding: .utf8).contains("Iteration 3"))
    }

    /// A plot that can't be drawn leaves the last one as it was.
    @Test func failureKeepsTheOldFiles() throws {
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = try OptimizationPlot(of: pictures(1)).write(to: folder)
        let before = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        let broken = OptimizationPlot(of: pictures(2), gnuplot: Gnuplot(program: "false"))
        #expect(throws: GnuplotError.failed(program: "false", message: "it ended with status 1")) {
            try broken.write(to: folder)
        }
        #expect(try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
    }

    private static func makeFolder() throws -> String {
        let path = NSTemporaryDirectory() + "/plot-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

@Suite("gnuplot")
struct GnuplotTests {
    @Test func installed() throws {
        try Gnuplot().checkInstalled()
    }

    @Test(arguments: ["no-such-gnuplot", "/no/such/folder/gnuplot"])
    func missing(program: String) {
        #expect(throws: GnuplotError.notInstalled(program: program)) {
            try Gnuplot(program: program).checkInstalled()
        }
        #expect(GnuplotError.notInstalled(program: program).description.contains("install the Debian package"))
    }

    /// A script that gnuplot does not understand: what it says, in one line.
    @Test func badScript() {
        #expect {
            try Gnuplot().run("set nonsense\n")
        } throws: { error in
            guard case GnuplotError.failed(let program, let message) = error else { return false }
            return program == "gnuplot" && message.contains("unrecognized option") && !message.contains("\n")
        }
    }

    /// A drawing may be larger than any pipe's buffer, and so may a script.
    @Test func largeDrawings() throws {
        let lines = (0..<20_000).map { "\($0) \($0 % 7)" }.joined(separator: "\n")
        let drawing = try Gnuplot().run("$data << end\n\(lines)\nend\nset terminal svg\nplot $data with lines\n")
        #expect(drawing.count > 200_000)
    }
}
