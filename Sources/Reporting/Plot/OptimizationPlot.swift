package import Platform
package import Studies

/// The plot of a study: how the surrogate and the acquisition function chose each point.
///
/// A row for each iteration from the second on. On the left the surrogate with its uncertainty, the observations it was
/// fitted to, and where the next one is made; on the right the acquisition function, which is greatest there.
package struct OptimizationPlot: Sendable {
    /// A file format.
    package enum Format: String, CaseIterable, Sendable {
        /// Pixels.
        case png

        /// Vectors.
        case svg

        /// Whether some bytes have the beginning and the end of a file of the format.
        fileprivate func isWhole(_ bytes: [UInt8]) -> Bool {
            switch self {
            case .png:
                bytes.starts(with: [0x89] + Array("PNG\r\n".utf8))
                    && bytes.dropLast(4).suffix(4).elementsEqual("IEND".utf8)
            case .svg: String(decoding: bytes.suffix(16), as: UTF8.self).contains("</svg>")
            }
        }
    }

    /// The most rows a plot has; of a longer study the last iterations are shown.
    ///
    /// A picture of pixels can't be higher than 32,767 of them.
    package static let maximumRows = 100

    /// The iterations that are shown.
    let snapshots: [SurrogateSnapshot]

    private let gnuplot: Gnuplot

    /// A plot of a study's iterations, which may also be none.
    package init(of snapshots: [SurrogateSnapshot], gnuplot: Gnuplot = Gnuplot()) {
        self.snapshots = snapshots.suffix(Self.maximumRows)
        self.gnuplot = gnuplot
    }

    /// Draws the plot.
    ///
    /// - Returns: The contents of a file of the format.
    /// - Throws: `ChildProcessError`, also where gnuplot draws something else or nothing.
    package func draw(_ format: Format) throws(ChildProcessError) -> [UInt8] {
        // Some twenty times what it takes where no other program needs the processors.
        let drawing = try gnuplot.run(script(format), timeLimit: .seconds(10 + snapshots.count / 2))
        guard format.isWhole(drawing) else {
            throw .failed(program: gnuplot.program, reason: "it drew no whole \(format.rawValue.uppercased()) file")
        }
        return drawing
    }
}
