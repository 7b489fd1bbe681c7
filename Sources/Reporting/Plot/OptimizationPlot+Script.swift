import BayesianOptimization
import Glibc
import Studies

extension OptimizationPlot {
    /// Half the width of the shown band in standard deviations: 90 % of a normal distribution lie within.
    static var bandWidth: Double { 1.645 }

    /// Sizes in pixels.
    private enum Size {
        static let width = 1200
        static let row = 300

        /// Above the first row, for the legends.
        static let legend = 36
        static let below = 8

        /// The frame of a plot within its row.
        static let top = 34
        static let bottom = 54

        /// The frames of the left and of the right plots within the picture.
        static let columns = [72...576, 676...1180]
    }

    private enum Color {
        static let mean = "#1f5fa8"
        static let band = "#bcd7ee"
        static let acquisition = "#c0392b"
        static let acquisitionArea = "#f7dcd8"
        static let next = "#333333"
        static let observation = "#111111"
        static let title = "#222222"
        static let frame = "#555555"
        static let grid = "#e6e6e6"
    }

    /// The height of the whole picture in pixels.
    private var height: Int { Size.legend + Size.row * max(pictures.count, 1) + Size.below }

    /// The commands that draw the plot, with all data in them.
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
            set xlabel 'learning rate' offset 0,0.4
            set ylabel offset 0.5,0
            set style fill solid 1 noborder

            """
        let rows = pictures.enumerated().map { row($0.element, at: $0.offset) }
        return header + (rows.isEmpty ? notice : rows.joined()) + "unset multiplot\n"
    }

    /// What stands in place of the rows if there are none.
    private var notice: String {
        """
        unset border; unset tics; unset grid; unset xlabel; unset ylabel; unset key
        set label 1 'Nothing to show: a surrogate proposes from the second evaluation on' at screen 0.5,0.5 center
        plot [0:1][0:1] 2 notitle

        """
    }

    /// The two plots of an iteration.
    private func row(_ picture: IterationPicture, at index: Int) -> String {
        let number = picture.iteration
        let curves = zip(picture.xs.indices, picture.xs).map { index, x in
            let band = Self.bandWidth * picture.standardDeviations[index]
            let mean = picture.means[index]
            return "\(x) \(mean) \(mean - band) \(mean + band) \(picture.acquisitions[index])"
        }
        let proposed = zip(picture.xs, picture.acquisitions).first { $0.0 == picture.next }
        return """
            $curves\(number) << end
            \(curves.joined(separator: "\n"))
            end
            $observations\(number) << end
            \(picture.observations.map { "\($0.x) \($0.loss)" }.joined(separator: "\n"))
            end
            set xrange \(learningRateRange(picture).gnuplot)
            set arrow 1 from \(picture.next), graph 0 to \(picture.next), graph 1 nohead dashtype (14,9) linewidth 1.3 \
            linecolor rgb '\(Color.next)' front
            \(frame(row: index, column: 0))
            set label 1 '{/:Bold Iteration \(number)}' at graph 0, graph 1 offset 0,0.8 left \
            textcolor rgb '\(Color.title)'
            set ylabel 'validation loss'
            \(yAxis(lossRange(picture)))
            plot $curves\(number) using 1:3:4 with filledcurves linecolor rgb '\(Color.band)' title \
            '90 % band (±\(Self.bandWidth) σ)', \
            $curves\(number) using 1:2 with lines linewidth 2 linecolor rgb '\(Color.mean)' title 'surrogate mean', \
            $observations\(number) using 1:2 with points pointtype 2 pointsize 1.3 linewidth 2.5 \
            linecolor rgb '\(Color.observation)' title 'evaluated', \
            \(nextLegend)
            \(frame(row: index, column: 1))
            set label 1 'next: \(picture.next.formatted(significantDigits: 4))' at graph 0, graph 1 offset 0,0.8 left \
            textcolor rgb '\(Color.title)'
            set ylabel 'expected improvement'
            \(yAxis(acquisitionRange(picture)))
            plot $curves\(number) using 1:5 with filledcurves y1=0 linecolor rgb '\(Color.acquisitionArea)' notitle, \
            $curves\(number) using 1:5 with lines linewidth 2 linecolor rgb '\(Color.acquisition)' title \
            'acquisition function', \
            '+' using (\(picture.next)):(\(proposed?.1 ?? .nan)) every ::0::0 with points pointtype 7 pointsize 0.9 \
            linecolor rgb '\(Color.acquisition)' notitle, \
            \(nextLegend)

            """
    }

    /// A line outside of every range that stands for the arrow in the legend.
    private var nextLegend: String {
        "NaN with lines dashtype (14,9) linewidth 1.3 linecolor rgb '\(Color.next)' title 'next'"
    }

    /// The place of a plot, with a legend above the first row.
    private func frame(row: Int, column: Int) -> String {
        let top = Size.legend + row * Size.row
        func y(_ pixel: Int) -> Double { 1 - Double(pixel) / Double(height) }
        func x(_ pixel: Int) -> Double { Double(pixel) / Double(Size.width) }
        let columns = Size.columns[column]
        let legend =
            row == 0
            ? "set key at screen \(x(columns.lowerBound)),\(y(10)) left top horizontal Left reverse maxrows 1 samplen 2 width 2"
            : "unset key"
        return """
            set lmargin at screen \(x(columns.lowerBound)); set rmargin at screen \(x(columns.upperBound))
            set tmargin at screen \(y(top + Size.top)); set bmargin at screen \(y(top + Size.row - Size.bottom))
            \(legend)
            """
    }

    /// A vertical axis with about five marks at round numbers.
    private func yAxis(_ range: ClosedRange<Double>) -> String {
        let raw = (range.upperBound - range.lowerBound) / 5
        let power = pow(10, log10(raw).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        return "set yrange \(range.gnuplot); set ytics \(step)"
    }

    /// The search space with a margin, so that nothing at its ends lies on the frame.
    private func learningRateRange(_ picture: IterationPicture) -> ClosedRange<Double> {
        guard let low = picture.xs.first, let high = picture.xs.last else { return 0...1 }
        let margin = 0.02 * (high - low)
        return (low - margin)...(high + margin)
    }

    /// The losses that are shown: the band and all observations, but nothing below 0, where no loss can be.
    private func lossRange(_ picture: IterationPicture) -> ClosedRange<Double> {
        let observed = picture.observations.map(\.loss)
        let deviations = picture.standardDeviations.map { Self.bandWidth * $0 }
        let lows = zip(picture.means, deviations).map { $0 - $1 } + observed
        let highs = zip(picture.means, deviations).map { $0 + $1 } + observed
        guard let low = lows.min(), let high = highs.max(), low.isFinite, high.isFinite else { return 0...1 }
        let margin = high > low ? 0.06 * (high - low) : max(abs(high) * 0.5, 1e-12)
        let floor = (picture.means + observed).allSatisfy { $0 >= 0 } ? 0 : -Double.infinity
        return max(low - margin, floor)...(high + margin)
    }

    /// From 0 to somewhat above the highest value, so that heights compare within a plot.
    private func acquisitionRange(_ picture: IterationPicture) -> ClosedRange<Double> {
        guard let high = picture.acquisitions.max(), high.isFinite, high > 0 else { return 0...1 }
        return 0...(1.12 * high)
    }
}

extension ClosedRange<Double> {
    /// As gnuplot writes it.
    fileprivate var gnuplot: String { "[\(lowerBound):\(upperBound)]" }
}
