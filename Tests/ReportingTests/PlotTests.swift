import BayesianOptimization
import Foundation
import Reporting
import Studies
import Testing

@Suite("Plot")
struct PlotTests {
    /// Snapshots of consecutive iterations, from the second on, with a band that narrows at each observation.
    private func snapshots(_ iterations: ClosedRange<Int>) -> [SurrogateSnapshot] {
        let xs = (0...100).map { 0.001 + 0.00899 * Double($0) } + [0.9]
        return iterations.map { iteration in
            let observations = (1..<iteration).map { index in
                SurrogateSnapshot.Point(x: xs[(37 * index) % 100], loss: 0.3 + 0.01 * Double(index % 7), error: 0.01)
            }
            return SurrogateSnapshot(
                iterations: iteration...iteration, points: observations, xs: xs,
                means: xs.map { 0.3 + ($0 - 0.3) * ($0 - 0.3) },
                standardDeviations: xs.map { x in observations.map { abs($0.x - x) }.min() ?? 1 },
                acquisitions: xs.map { max(0, 0.1 - abs($0 - xs[25])) }, next: [xs[25]])
        }
    }

    /// A number of snapshots from the second iteration on.
    private func snapshots(_ count: Int) -> [SurrogateSnapshot] {
        count == 0 ? [] : snapshots(2...count + 1)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The big-endian width and height in the header of a PNG file.
    private func sizeOfPNG(_ bytes: [UInt8]) -> [Int] {
        [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    /// Every iteration has a row; a plot without rows is valid.
    @Test(arguments: [0, 1, 3])
    func rows(count: Int) throws {
        let plot = OptimizationPlot(of: snapshots(count))

        let png = try plot.draw(.png)
        #expect(png.starts(with: [0x89] + Array("PNG\r\n".utf8)))
        let size = sizeOfPNG(png)
        let single = sizeOfPNG(try OptimizationPlot(of: snapshots(1)).draw(.png))
        #expect(size[0] == single[0])
        #expect(size[1] - single[1] == (max(count, 1) - 1) * 300)

        let svg = text(try plot.draw(.svg))
        #expect(svg.contains("</svg>"))
        for iteration in 2..<6 {
            #expect(svg.contains("Iteration \(iteration)") == (iteration < count + 2))
        }
        #expect(svg.contains("Nothing to show") == (count == 0))
    }

    /// Axes are labelled in every row, and the legends are above the first.
    @Test func labels() throws {
        let svg = text(try OptimizationPlot(of: snapshots(3)).draw(.svg))
        // A title in an SVG names a curve for accessibility; it is not drawn.
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

    /// A plot of a long study shows the last iterations.
    @Test func longStudiesAreCut() throws {
        let svg = text(try OptimizationPlot(of: snapshots(2...129)).draw(.svg))
        #expect(svg.contains("Iteration 129"))
        #expect(svg.contains("Iteration 30"))
        #expect(!svg.contains("Iteration 29<"))
    }

    /// Curves that are constant, negative or nowhere positive.
    @Test(arguments: [0.0, -5, 1e9])
    func flatCurves(level: Double) throws {
        let snapshot = SurrogateSnapshot(
            iterations: 2...2, points: [SurrogateSnapshot.Point(x: 0.5, loss: level)], xs: [0.1, 0.5],
            means: [level, level],
            standardDeviations: [0, 0], acquisitions: [0, 0], next: [0.5])
        #expect(text(try OptimizationPlot(of: [snapshot]).draw(.svg)).contains("</svg>"))
    }

    /// Snapshots with every feature: a logarithmic axis, a batch, every outcome, the final choice.
    private func everything() -> [SurrogateSnapshot] {
        let xs = (0...100).map { 0.001 * exp(log(900) * Double($0) / 100) }
        let points: [SurrogateSnapshot.Point] = [
            .init(x: xs[10], loss: 0.45, error: 0.02), .init(x: xs[60], loss: 0.28, error: 0.01),
            .init(x: xs[30], loss: 0.38, error: 0.05, state: .pruned),
            .init(x: xs[99], loss: 2.3, error: 0.9, state: .diverged),
            .init(x: xs[100], loss: .nan, state: .diverged),
        ]
        func snapshot(_ iterations: ClosedRange<Int>, next: [Double], choice: Double?) -> SurrogateSnapshot {
            SurrogateSnapshot(
                iterations: iterations, points: points, xs: xs, means: xs.map { 0.3 + 0.02 * pow(log($0 / xs[60]), 2) },
                standardDeviations: xs.map { _ in 0.02 }, acquisitions: xs.map { -pow(log($0 / xs[50]), 2) - 2 },
                acquisitionName: "log expected improvement", next: next, choice: choice, scale: .log)
        }
        return [snapshot(6...7, next: [xs[50], xs[70]], choice: nil), snapshot(8...8, next: [], choice: xs[55])]
    }

    /// A row with several searched hyperparameters shows the values of the others.
    @Test func cuts() throws {
        func snapshot(_ cut: [NamedValue]) -> SurrogateSnapshot {
            SurrogateSnapshot(
                iterations: 2...2, points: [.init(x: 0.1, loss: 0.4)], xs: [0.1, 0.5], means: [0.4, 0.3],
                standardDeviations: [0.1, 0.1], acquisitions: [0, 1], next: [0.5], cut: cut)
        }
        let several = text(
            try OptimizationPlot(of: [
                snapshot([
                    NamedValue("momentum", .real(0.456_78)),
                    NamedValue("weight decay", .real(1.234e-5)),
                    NamedValue("batch size", .integer(64)),
                ])
            ]).draw(.svg))
        #expect(several.contains("Iteration 2"))
        #expect(several.contains("curves at momentum 0.46, weight decay 1.2e-5, batch size 64<"))
        #expect(!text(try OptimizationPlot(of: [snapshot([])]).draw(.svg)).contains("momentum"))
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
        // Powers of ten are the ticks of a logarithmic axis; a linear one has none at both 0.001 and 0.01.
        #expect(count("0.001") == 4)
        #expect(count("0.01") == 4)
        #expect(count("0.1") >= 4)
        // A diverged loss does not extend the axis: 2.3 is far from the others.
        #expect(count("2") == 0)
    }

    /// The scale of one study does not affect the next.
    @Test func linearAxesHaveNoPowers() throws {
        let svg = text(try OptimizationPlot(of: snapshots(2)).draw(.svg))
        #expect(!svg.contains(">0.001<"))
        #expect(svg.contains(">0.9<"))
    }

    /// Names are drawn literally, also with gnuplot's markup.
    @Test(arguments: ["learning rate", "a_b^c", "it's {/:Bold @100 %} ~\\&"])
    func names(name: String) throws {
        let snapshot = SurrogateSnapshot(
            iterations: 2...2, points: [.init(x: 0.1, loss: 0.4)], xs: [0.1, 0.5], means: [0.4, 0.3],
            standardDeviations: [0.1, 0.1], acquisitions: [0, 1], acquisitionName: name, next: [0.5], axisName: name,
            cut: [NamedValue("", .choice(name))])
        let svg = text(try OptimizationPlot(of: [snapshot]).draw(.svg))
        // Marked-up text is drawn in pieces; without the tags it is the visible text.
        let seen = svg.replacing(/<title>.*<\/title>/, with: "").replacing(/<[^>]*>/, with: "")
            .replacing("&amp;", with: "&").replacing("&apos;", with: "'").replacing("\n", with: "").replacing(
                "\t", with: "")
        #expect(seen.components(separatedBy: name).count - 1 == 4)
    }
}
