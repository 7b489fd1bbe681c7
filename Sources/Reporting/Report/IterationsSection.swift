import Platform
import Studies

/// The surrogate and the acquisition function of iterations.
extension ReportSubject {
    /// The greatest number of iterations with a drawing.
    package static let iterationLimit = 12

    /// The section.
    func iterationsSection(_ printer: inout FigurePrinter) -> HTML {
        let shown = snapshots.spread(Self.iterationLimit)
        var contents = [
            HTML.paragraph(
                "Above: the surrogate's mean, the band that holds the noise-free loss with a probability of 90 %, and the "
                    + "trials that it knew. Below: the acquisition function, whose maximum is evaluated next.")
        ]
        if snapshots.isEmpty {
            contents = [
                .note(
                    "Nothing to show: a surrogate suggests from the second iteration on, and it is drawn along the first "
                        + "hyperparameter, which must be a real number.")
            ]
        } else if let first = shown.first, let last = shown.last,
            shown.count < last.iterations.lowerBound - first.iterations.lowerBound + 1
                || first.iterations.lowerBound > (record.trials.first?.plan.batch.upperBound ?? 0) + 1
        {
            contents.append(
                .note(
                    "\(shown.count) iterations of the study are drawn, from \(first.title) to \(last.title); the others are left out."
                ))
        }
        contents.append(printer.grid(shown.map { IterationFigure(snapshot: $0).figure }))
        return .section("iterations", "Iterations", contents)
    }
}

/// The drawing of an iteration: the surrogate above the acquisition function.
private struct IterationFigure {
    let snapshot: SurrogateSnapshot

    var figure: Figure {
        Figure(title: title, description: description, size: (480, 430), commands: commands)
    }

    private var title: String {
        let cut = snapshot.cut.map { "\($0.label) \($0.value.formattedShort(significantDigits: 2))" }
        let next = snapshot.next.map { $0.formatted(significantDigits: 4) }.joined(separator: ", ")
        let what =
            snapshot.choice.map { "answer \($0.formatted(significantDigits: 4))" }
            ?? "next \(snapshot.axisName) \(next)"
        return "\(snapshot.title): \(what)" + (cut.isEmpty ? "" : "; curves at \(cut.joined(separator: ", "))")
    }

    private var description: String {
        let least = zip(zip(snapshot.xs, snapshot.means), snapshot.standardDeviations).min { $0.0.1 < $1.0.1 }
        let minimum = least.map {
            "The surrogate mean is least, \(ReportSubject.loss($0.0.1)) ± \(ReportSubject.loss($0.1)), at \(snapshot.axisName) "
                + "\($0.0.0.formatted(significantDigits: 3)). "
        }
        let count = snapshot.points.count
        return (minimum ?? "") + "It knows \(count) trial\(count == 1 ? "" : "s")."
    }

    private var commands: String {
        func lines(_ ys: [Double]) -> [String] { zip(snapshot.xs, ys).map { "\($0.short) \($1.short)" } }
        let band =
            lines(snapshot.curve(-OptimizationPlot.bandWidth))
            + lines(snapshot.curve(OptimizationPlot.bandWidth)).reversed()
        let (losses, acquisitions) = (snapshot.lossRange, snapshot.acquisitionRange)
        let marks = TrialRecord.State.drawn.compactMap { state -> (TrialRecord.State, [String])? in
            let points = snapshot.points.filter { $0.state == state }.spread(ReportSubject.markLimit)
            let lines = points.map { point in
                // A loss above the range is drawn at its top.
                let loss = point.loss < losses.upperBound ? point.loss : losses.upperBound
                let error: Double = state == .diverged ? 0 : point.error ?? 0
                return "\(point.x.short) \(loss.short) \(error.short)"
            }
            return lines.isEmpty ? nil : (state, lines)
        }
        let verticals =
            snapshot.next.map { ($0, "dashtype 2 linecolor rgb '\(Palette.ink)'") }
            + [snapshot.choice].compactMap { $0 }.map { ($0, Palette.choiceLine) }
        let points = marks.map { state, _ in
            """
            $\(state) using 1:2:3 with yerrorbars pointtype 0 linecolor rgb '\(Palette.ink)' notitle, \
            $\(state) using 1:2 with points pointtype \(state.pointType) pointsize 0.8 linecolor rgb '\(Palette.ink)' \
            title '\(state.name)'
            """
        }
        return """
            \(Gnuplot.block("mean", lines(snapshot.means)))
            \(Gnuplot.block("band", band))
            \(Gnuplot.block("acquisition", lines(snapshot.acquisitions)))
            \(marks.map { Gnuplot.block("\($0)", $1) }.joined(separator: "\n"))
            set multiplot
            set xrange \(snapshot.axisRange.gnuplot)
            \(snapshot.isLogarithmic ? "set logscale x 10" : "")
            \(Gnuplot.verticals(verticals))
            set lmargin at screen 0.16; set rmargin at screen 0.97
            set tmargin at screen 0.86; set bmargin at screen 0.49
            set format x ''
            set ylabel 'validation loss'
            \(losses.yAxis)
            set style fill transparent solid 0.25 noborder
            plot $band using 1:2 with filledcurves closed linecolor rgb '\(Palette.mean)' title '90 % band', \
            $mean using 1:2 with lines linewidth 2 linecolor rgb '\(Palette.mean)' title 'surrogate mean'\
            \(points.map { ", \($0)" }.joined())
            set tmargin at screen 0.45; set bmargin at screen 0.14
            set format x '%g'; unset key
            set xlabel '\(Gnuplot.text(snapshot.axisName))'
            set ylabel '\(Gnuplot.text(snapshot.acquisitionName))'
            \(acquisitions.yAxis)
            plot $acquisition using 1:2 with lines linewidth 2 linecolor rgb '\(Palette.acquisition)' notitle
            unset multiplot
            """
    }
}

extension Double {
    /// The number with six digits, which is enough for a drawing.
    var short: String { isFinite ? printed("%.6g") : "NaN" }
}
