import Dispatch
import Platform
package import Studies
import Synchronization

/// Writes the plot of a study in the background, as `optimization_plots.png` and `optimization_plots.svg`.
///
/// Plots are by-products: a plot that can't be drawn or written is a warning, and is tried again with the next update.
package final class PlotWriter: Sendable {
    private struct State {
        /// The snapshots to draw next.
        var latest: [SurrogateSnapshot]?
        /// The output files, once they could be opened.
        var files: [OptimizationPlot.Format: OutputFile] = [:]
        /// The last warning.
        var warnings: [String] = []
    }

    private let folder: String
    private let gnuplot: Gnuplot
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// The queue that draws one plot at a time.
    private let queue = DispatchQueue(label: "plots", qos: .utility)

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - folder: An existing folder.
    ///   - warn: Receives a warning of one line, on any thread. A repeated warning is sent once.
    package init(folder: String, gnuplot: Gnuplot = Gnuplot(), warn: @escaping @Sendable (String) -> Void) {
        self.folder = folder
        self.gnuplot = gnuplot
        self.warn = warn
    }

    /// Tests everything that a plot needs, without changing a file, and warns of problems; call it before long work.
    package func check() {
        queue.sync { draw([]) { _, _ throws(FileError) in } }
    }

    /// Draws the snapshots of a study in the background; they replace those that still wait.
    package func update(_ snapshots: [SurrogateSnapshot]) {
        state.withLock { $0.latest = snapshots }
        queue.async { [self] in
            guard let latest = state.withLock({ $0.latest.take() }) else { return }
            draw(latest) { file, drawing throws(FileError) in try file.write(drawing) }
        }
    }

    /// Waits until the last update is drawn or has failed; call it before the program ends.
    package func finish() {
        queue.sync {}
    }

    /// Draws both formats.
    ///
    /// A failure of one format leaves its file unchanged, and the other one is still drawn.
    private func draw(
        _ snapshots: [SurrogateSnapshot], write: (OutputFile, [UInt8]) throws(FileError) -> Void
    ) {
        let plot = OptimizationPlot(of: snapshots, gnuplot: gnuplot)
        var warnings: [String] = []
        for format in OptimizationPlot.Format.allCases {
            do {
                let file = try file(format)
                try write(file, try plot.draw(format))
            } catch let error as ChildProcessError {
                var warning = "can't draw the plots: \(error)"
                if case .notFound = error { warning += "; install the Debian package gnuplot-nox" }
                warnings.append(warning)
                // The other format would exceed the limit too.
                if case .tookTooLong = error { break }
            } catch {
                warnings.append("\(error)")
            }
        }
        let news = state.withLock { state in
            defer { state.warnings = warnings }
            return warnings.enumerated().filter { !(state.warnings + warnings[..<$0.offset]).contains($0.element) }
        }
        for warning in news { warn(warning.element) }
    }

    private func file(_ format: OptimizationPlot.Format) throws(FileError) -> OutputFile {
        if let file = state.withLock({ $0.files[format] }) { return file }
        let file = try OutputFile("\(folder)/optimization_plots.\(format.rawValue)")
        state.withLock { $0.files[format] = file }
        return file
    }
}
