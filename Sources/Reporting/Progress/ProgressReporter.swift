import Platform

/// Reports the progress of long work and the remaining time.
///
/// On a terminal one line is redrawn; elsewhere (a file, a pipe) a plain line is written from time to time.
package final class ProgressReporter {
    /// The destination of progress.
    package struct Output {
        /// The present number of columns of the terminal; `nil` if no line can be redrawn.
        package var columns: () -> Int?

        /// Writes a permanent line, in place of a drawn one.
        package var write: (String) -> Void

        /// Draws a line that the next one replaces.
        package var draw: (String) -> Void

        /// Removes a drawn line.
        package var clear: () -> Void

        /// The seconds of a monotonic clock.
        package var now: () -> Double

        /// Creates an output, for tests.
        package init(
            columns: @escaping () -> Int?, write: @escaping (String) -> Void, draw: @escaping (String) -> Void,
            clear: @escaping () -> Void, now: @escaping () -> Double
        ) {
            self.columns = columns
            self.write = write
            self.draw = draw
            self.clear = clear
            self.now = now
        }

        /// Standard error.
        package static var standardError: Output {
            let start = ContinuousClock.now
            let isCapable = Terminal.isCapable
            return Output(
                columns: { isCapable ? Terminal.columns : nil }, write: StandardError.write, draw: StandardError.draw,
                clear: StandardError.clear, now: { (ContinuousClock.now - start) / .seconds(1) })
        }
    }

    private let output: Output
    private let unit: String?
    private var total: Int
    private let start: Double
    private var lastLine: Double

    /// Creates the progress of `total` images, or of other units of work.
    ///
    /// - Parameter unit: What the rate counts; `nil` for no rate, where the units take different times.
    package init(total: Int, unit: String? = "images", output: Output = .standardError) {
        self.output = output
        self.unit = unit
        self.total = total
        start = output.now()
        lastLine = start
    }

    /// Updates the amount of finished work.
    ///
    /// - Parameters:
    ///   - total: All the work, if it has changed.
    ///   - phase: The present work, in a few words.
    package func update(done: Int, total: Int? = nil, phase: String) {
        if let total { self.total = total }
        let now = output.now()
        let columns = output.columns()
        // The interval is short enough to show progress, and long enough to cost little and to keep logs short.
        guard now - lastLine >= (columns == nil ? 15 : 0.1) else { return }
        lastLine = now
        // The last column is left empty, because some terminals wrap a line that fills it.
        let line = ProgressState(done: done, total: self.total, seconds: now - start, unit: unit)
            .line(phase: phase, columns: columns.map { $0 - 1 })
        columns == nil ? output.write(line) : output.draw(line)
    }

    /// Writes a permanent line.
    package func note(_ line: String) {
        output.write(line)
    }

    /// Removes the line of progress.
    package func finish() {
        output.clear()
    }
}
