package import Platform
package import Studies

/// The plot of a study: how the surrogate and the acquisition function chose each point.
///
/// It has a row for each iteration from the second on. The left plot shows the surrogate with its uncertainty, the
/// observations that it was fitted to, and the next suggestion. The right plot shows the acquisition function, whose
/// maximum is the suggestion.
package struct OptimizationPlot: Sendable {
    /// A file format.
    package enum Format: String, CaseIterable, Sendable {
        /// A raster image.
        case png

        /// A vector image.
        case svg

        /// Whether bytes begin and end as a file of the format.
        fileprivate func isWhole(_ bytes: [UInt8]) -> Bool {
            switch self {
            case .png:
                bytes.starts(with: [0x89] + Array("PNG\r\n".utf8))
                    && bytes.dropLast(4).suffix(4).elementsEqual("IEND".utf8)
            case .svg: String(decoding: bytes.suffix(16), as: UTF8.self).contains("</svg>")
            }
        }
    }

    /// The greatest number of rows; a plot of a longer study shows the last iterations.
    ///
    /// A raster image can't be higher than 32,767 pixels.
    package static let maximumRows = 100

    /// The iterations that are shown.
    let snapshots: [SurrogateSnapshot]

    private let gnuplot: Gnuplot

    /// Creates a plot of the iterations of a study, which may be empty.
    package init(of snapshots: [SurrogateSnapshot], gnuplot: Gnuplot = Gnuplot()) {
        self.snapshots = snapshots.suffix(Self.maximumRows)
        self.gnuplot = gnuplot
    }

    /// Draws the plot.
    ///
    /// - Returns: The contents of a file of the format.
    /// - Throws: `ChildProcessError`, also if gnuplot's output is not a complete file of the format.
    package func draw(_ format: Format) throws(ChildProcessError) -> [UInt8] {
        // The limit is about twenty times the run time on idle processors.
        let drawing = try gnuplot.run(script(format), timeLimit: .seconds(10 + snapshots.count / 2))
        guard format.isWhole(drawing) else {
            throw .failed(
                program: gnuplot.program, reason: "its output is not a complete \(format.rawValue.uppercased()) file")
        }
        return drawing
    }
}
