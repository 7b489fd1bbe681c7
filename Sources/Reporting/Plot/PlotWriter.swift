import Dispatch
import Platform
package import Studies
import Synchronization

/// Keeps the plot of a study up to date beside the study's work, as `optimization_plots.png` and `optimization_plots.svg`.
///
/// Plots are by-products: what can't be drawn or written is a warning, and is tried again with the next update.
package final class PlotWriter: Sendable {
    private struct State {
        /// What is to be drawn next.
        var latest: [SurrogateSnapshot]?
        /// Where the files go, once that could be tried.
        var files: [OptimizationPlot.Format: OutputFile] = [:]
        /// What was wrong the last time.
        var warnings: [String] = []
    }

    private let folder: String
    private let gnuplot: Gnuplot
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// One drawing at a time.
    private let queue = DispatchQueue(label: "plots", qos: .utility)

    /// A writer that has drawn nothing yet.
    ///
    /// - Parameters:
    ///   - folder: An existing folder.
    ///   - warn: Takes a line for a person, on any thread. The same line does not come twice in a row.
    package init(folder: String, gnuplot: Gnuplot = Gnuplot(), warn: @escaping @Sendable (String) -> Void) {
        self.folder = folder
        self.gnuplot = gnuplot
        self.warn = warn
    }

    /// Tries all that a plot needs, without touching a file, and warns of what is missing; to be called before long work.
    package func check() {
        queue.sync { draw([]) { _, _ throws(FileError) in } }
    }

    /// Draws the snapshots of a study in the background, in the place of those that wait for their turn.
    package func update(_ snapshots: [SurrogateSnapshot]) {
        state.withLock { $0.latest = snapshots }
        queue.async { [self] in
            guard let latest = state.withLock({ $0.latest.take() }) else { return }
            draw(latest) { file, drawing throws(FileError) in try file.write(drawing) }
        }
    }

    /// Waits until the last update has been drawn, or could not be; to be called before the program ends.
    package func finish() {
        queue.sync {}
    }

    /// Draws both formats.
    ///
    /// One that fails leaves its file as it was, and the other is drawn all the same.
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
                // The other format would take as long.
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
