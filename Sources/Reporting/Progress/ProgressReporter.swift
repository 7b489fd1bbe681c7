import Platform

/// Tells a person how far long work is, and when it will end.
///
/// On a terminal one line is drawn again and again; elsewhere (a file, a pipe) there is a plain line now and then.
package final class ProgressReporter {
    /// Where progress goes.
    package struct Output {
        /// Columns of the terminal at this moment; nil where no line can be drawn again.
        package var columns: () -> Int?

        /// Writes a line that stays, in the place of a drawn one.
        package var write: (String) -> Void

        /// Draws a line that the next one takes the place of.
        package var draw: (String) -> Void

        /// Takes a drawn line away.
        package var clear: () -> Void

        /// Seconds on a clock that never goes back.
        package var now: () -> Double

        /// An output of one's own, for a test.
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
    private var total: Int
    private let start: Double
    private var lastLine: Double

    /// Progress through `total` images.
    package init(total: Int, output: Output = .standardError) {
        self.output = output
        self.total = total
        start = output.now()
        lastLine = start
    }

    /// Tells how much is done since the beginning.
    ///
    /// - Parameters:
    ///   - total: All the work, if that is known better now.
    ///   - phase: What is being done, in a few words.
    package func update(done: Int, total: Int? = nil, phase: String) {
        if let total { self.total = total }
        let now = output.now()
        let columns = output.columns()
        // Often enough to look alive, seldom enough to cost nothing and to fill no log.
        guard now - lastLine >= (columns == nil ? 15 : 0.1) else { return }
        lastLine = now
        // The last column stays empty: some terminals wrap a line that fills it.
        let line = ProgressState(done: done, total: self.total, seconds: now - start)
            .line(phase: phase, columns: columns.map { $0 - 1 })
        columns == nil ? output.write(line) : output.draw(line)
    }

    /// Writes a line that stays.
    package func note(_ line: String) {
        output.write(line)
    }

    /// Takes the line of progress away.
    package func finish() {
        output.clear()
    }
}
