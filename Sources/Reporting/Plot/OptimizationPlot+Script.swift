import Platform
import Studies

extension OptimizationPlot {
    /// Half the width of the band in standard deviations: it contains 90 % of a normal distribution.
    static var bandWidth: Double { 1.645 }

    /// Sizes in pixels.
    private enum Size {
        static let width = 1200
        static let row = 300

        /// The space above the first row, for legends of one line.
        static let legend = 36

        /// The height of each further line of the legends.
        static let legendLine = 18

        /// The number of entries of one line of a legend.
        static let legendEntries = 4
        static let below = 8

        /// The top and bottom of a plot's frame within its row.
        static let top = 34
        static let bottom = 54

        /// The left and right edges of the frames of both columns.
        static let columns = [72...576, 676...1180]
    }

    private enum Color {
        static let mean = "#1f5fa8"
        static let band = "#bcd7ee"
        static let acquisition = "#c0392b"
        static let acquisitionArea = "#f7dcd8"
        static let next = "#333333"
        static let choice = "#2e8b57"
        static let observation = "#111111"
        static let title = "#222222"
        static let frame = "#555555"
        static let grid = "#e6e6e6"
    }

    /// The height of the whole plot in pixels.
    private var height: Int { legend + Size.row * max(snapshots.count, 1) + Size.below }

    /// The number of lines of the left legend, with two entries each if one line is not enough.
    private var legendLines: Int {
        let entries =
            3 + TrialRecord.State.drawn.count(where: isUsed) + (snapshots.contains { $0.choice != nil } ? 1 : 0)
        return entries <= Size.legendEntries ? 1 : (entries + 1) / 2
    }

    /// The height of the legends.
    private var legend: Int { Size.legend + (legendLines - 1) * Size.legendLine }

    /// The commands that draw the plot, including all data.
    func script(_ format: Format) -> String {
        let size = "size \(Size.width),\(height)"
        let terminal =
            switch format {
            case .png: "set terminal pngcairo \(size) font 'Sans,11' background '#ffffff'"
            case .svg: "set terminal svg \(size) font 'Sans,14' background '#ffffff'"
            }
        let header = """
            set encoding utf8
            \(terminal)
            set multiplot
            set border 3 linewidth 1 linecolor rgb '\(Color.frame)'
            set tics nomirror out scale 0.6 textcolor rgb '#222222'
            set grid linetype 1 linewidth 1 linecolor rgb '\(Color.grid)'
            set format '%g'
            set ylabel offset 0.5,0
            set style fill solid 1 noborder

            """
        let rows = snapshots.enumerated().map { row($0.element, at: $0.offset) }
        return header + (rows.isEmpty ? notice : rows.joined()) + "unset multiplot\n"
    }

    /// The text in place of the rows if there are none.
    private var notice: String {
        """
        unset border; unset tics; unset grid; unset xlabel; unset ylabel; unset key
        set label 1 'Nothing to show: a surrogate proposes from the second evaluation on' at screen 0.5,0.5 center
        plot [0:1][0:1] 2 notitle

        """
    }

    /// The two plots of an iteration.
    private func row(_ snapshot: SurrogateSnapshot, at index: Int) -> String {
        func lines(_ ys: [Double]) -> [String] { zip(snapshot.xs, ys).map { "\($0) \($1)" } }
        // Areas are closed polygons: gnuplot fills an area between two curves in pieces, each in a layer of the size of
        // the whole plot.
        let band = lines(snapshot.curve(-Self.bandWidth)) + lines(snapshot.curve(Self.bandWidth)).reversed()
        let acquisitions = snapshot.acquisitionRange
        let floor = acquisitions.lowerBound
        let area =
            lines(snapshot.acquisitions.map { $0 > floor ? $0 : floor })
            + [snapshot.xs.last, snapshot.xs.first].compactMap { $0 }.map { "\($0) \(floor)" }
        let losses = snapshot.lossRange
        // In a space of several hyperparameters, the curve goes through the first of several suggestions.
        let onCurve = snapshot.cut.isEmpty ? snapshot.next[...] : snapshot.next.prefix(1)
        let marked = onCurve.map { x in (x, zip(snapshot.xs, snapshot.acquisitions).first { $0.0 == x }?.1 ?? .nan) }
        return """
            \(Gnuplot.block("mean", lines(snapshot.means)))
            \(Gnuplot.block("band", band))
            \(Gnuplot.block("acquisition", lines(snapshot.acquisitions)))
            \(Gnuplot.block("area", area))
            \(TrialRecord.State.drawn.map { points(snapshot, $0, within: losses) }.joined(separator: "\n"))
            \(Gnuplot.block("marked", marked.isEmpty ? ["NaN NaN"] : marked.map { "\($0) \($1)" }))
            set xlabel '\(Gnuplot.text(snapshot.axisName))' offset 0,0.4
            set xrange \(snapshot.axisRange.gnuplot)
            \(snapshot.isLogarithmic ? "set logscale x 10" : "unset logscale x")
            \(verticals(snapshot))
            \(frame(row: index, column: 0))
            set label 1 '{/:Bold \(snapshot.title)}\(cut(snapshot))' at graph 0, graph 1 offset 0,0.8 left \
            textcolor rgb '\(Color.title)'
            set ylabel 'validation loss'
            \(losses.yAxis)
            plot $band using 1:2 with filledcurves closed linecolor rgb '\(Color.band)' title \
            '90 % band (±\(Self.bandWidth) σ)', \
            $mean using 1:2 with lines linewidth 2 linecolor rgb '\(Color.mean)' title 'surrogate mean', \
            \(TrialRecord.State.drawn.filter(isUsed).map(plot).joined(separator: ", \\\n")), \
            \(legends)
            \(frame(row: index, column: 1))
            set label 1 '\(subtitle(snapshot))' at graph 0, graph 1 offset 0,0.8 left textcolor rgb '\(Color.title)'
            set ylabel '\(Gnuplot.text(snapshot.acquisitionName))'
            \(acquisitions.yAxis)
            plot $area using 1:2 with filledcurves closed linecolor rgb '\(Color.acquisitionArea)' notitle, \
            $acquisition using 1:2 with lines linewidth 2 linecolor rgb '\(Color.acquisition)' title \
            'acquisition function', \
            $marked using 1:2 with points pointtype 7 pointsize 0.9 linecolor rgb '\(Color.acquisition)' notitle, \
            \(legends)

            """
    }

    /// Whether the legend explains a mark.
    private func isUsed(_ mark: TrialRecord.State) -> Bool {
        mark == .complete || snapshots.contains { $0.points.contains { $0.state == mark } }
    }

    /// The data of the trials with an outcome.
    ///
    /// A diverged trial above the range is drawn at its top.
    private func points(
        _ snapshot: SurrogateSnapshot, _ mark: TrialRecord.State, within range: ClosedRange<Double>
    ) -> String {
        let lines = snapshot.points.filter { $0.state == mark }.map { point in
            let loss = mark == .diverged && !(point.loss < range.upperBound) ? range.upperBound : point.loss
            return "\(point.x) \(loss) \(mark == .diverged ? 0 : point.error ?? 0)"
        }
        return Gnuplot.block("\(mark)", lines.isEmpty ? ["NaN NaN NaN"] : lines)
    }

    /// The marks of the trials with an outcome, with the noise of their losses.
    private func plot(_ mark: TrialRecord.State) -> String {
        let marks = """
            $\(mark) using 1:2 with points pointtype \(mark.pointType) pointsize 1.3 linewidth 2.5 \
            linecolor rgb '\(Color.observation)' title '\(mark.name)'
            """
        guard mark != .diverged else { return marks }
        return """
            $\(mark) using 1:2:3 with yerrorbars pointtype -1 linewidth 1.5 linecolor rgb '\(Color.observation)' notitle, \
            \(marks)
            """
    }

    /// The values of the other hyperparameters on the curves of a row.
    private func cut(_ snapshot: SurrogateSnapshot) -> String {
        guard !snapshot.cut.isEmpty else { return "" }
        let values = snapshot.cut.map { cut in
            Gnuplot.text("\(cut.label) \(cut.value.formattedShort(significantDigits: 2))")
        }
        // The smaller font makes all three of them fit beside the row's title.
        return "  {/*0.9 curves at \(values.joined(separator: ", "))}"
    }

    /// The next suggestions, or the final choice.
    private func subtitle(_ snapshot: SurrogateSnapshot) -> String {
        if let choice = snapshot.choice { return "final choice: \(choice.formatted(significantDigits: 4))" }
        return "next: " + snapshot.next.map { $0.formatted(significantDigits: 4) }.joined(separator: ", ")
    }

    /// The styles of the vertical lines: at the next trials, and at the final choice.
    private static let nextLine = "dashtype (14,9) linewidth 1.3 linecolor rgb '\(Color.next)'"
    private static let choiceLine = "linewidth 2.5 linecolor rgb '\(Color.choice)'"

    /// Vertical lines at the next suggestions, or at the final choice.
    private func verticals(_ snapshot: SurrogateSnapshot) -> String {
        let lines =
            snapshot.next.map { ($0, Self.nextLine) }
            + [snapshot.choice].compactMap { $0 }.map { ($0, Self.choiceLine) }
        return "unset arrow\n" + Gnuplot.verticals(lines)
    }

    /// The legend entries of the vertical lines, as curves without points.
    private var legends: String {
        let next = "NaN with lines \(Self.nextLine) title 'next'"
        guard snapshots.contains(where: { $0.choice != nil }) else { return next }
        return next + ", NaN with lines \(Self.choiceLine) title 'final choice'"
    }

    /// The position of a plot, with a legend above the first row.
    private func frame(row: Int, column: Int) -> String {
        let top = legend + row * Size.row
        func y(_ pixel: Int) -> Double { 1 - Double(pixel) / Double(height) }
        func x(_ pixel: Int) -> Double { Double(pixel) / Double(Size.width) }
        let columns = Size.columns[column]
        let legend =
            row == 0
            ? "set key at screen \(x(columns.lowerBound)),\(y(10)) left top horizontal Left reverse maxrows \(legendLines) samplen 2 width 2"
            : "unset key"
        return """
            set lmargin at screen \(x(columns.lowerBound)); set rmargin at screen \(x(columns.upperBound))
            set tmargin at screen \(y(top + Size.top)); set bmargin at screen \(y(top + Size.row - Size.bottom))
            \(legend)
            """
    }
}
