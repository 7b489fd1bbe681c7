import Platform
package import Studies

/// The picture of a study: how the surrogate and the acquisition function chose each point.
///
/// A row for each iteration from the second on. On the left the surrogate with its uncertainty, the observations it was
/// fitted to, and where the next one is made; on the right the acquisition function, which is greatest there.
package struct OptimizationPlot: Sendable {
    /// A file format of the picture.
    package enum Format: String, CaseIterable, Sendable {
        /// Pixels.
        case png

        /// Vectors.
        case svg
    }

    /// The most rows a picture has; of a longer study the last iterations are shown.
    ///
    /// A picture of pixels can't be higher than 32,767 of them.
    package static let maximumRows = 100

    /// The iterations that are shown.
    let pictures: [IterationPicture]

    private let gnuplot: Gnuplot

    /// A plot of a study's iterations, which may also be none.
    package init(of pictures: [IterationPicture], gnuplot: Gnuplot = Gnuplot()) {
        self.pictures = pictures.suffix(Self.maximumRows)
        self.gnuplot = gnuplot
    }

    /// Draws the plot and writes it as `optimization_plots.png` and `optimization_plots.svg`.
    ///
    /// - Parameter folder: An existing folder.
    /// - Returns: The paths of the files.
    /// - Throws: `GnuplotError` and `FileError`; then the files are as they were, or one of them is new.
    @discardableResult
    package func write(to folder: String) throws -> [String] {
        let drawings = try Format.allCases.map { ($0, try draw($0)) }
        return try drawings.map { format, drawing in
            let path = "\(folder)/optimization_plots.\(format.rawValue)"
            try OutputFile(path).write(drawing)
            return path
        }
    }

    /// Draws the plot.
    ///
    /// - Returns: The contents of a file of the format.
    /// - Throws: ``GnuplotError``.
    package func draw(_ format: Format) throws(GnuplotError) -> [UInt8] {
        try gnuplot.run(script(format))
    }
}
