import BayesianOptimization
import Studies

/// Sections through the surrogate of a study.
struct SurfaceDrawing {
    let subject: ReportSubject
    let surrogate: Surrogate

    /// The point that all sections go through.
    let answer: [String: ParameterValue]

    /// The surrogate along one parameter.
    ///
    /// - Throws: `OptimizerError`.
    func slice(_ axis: ParameterAxis) throws(OptimizerError) -> Figure {
        let samples = axis.samples(80, in: subject.space)
        let predictions = try surrogate.predict(samples.map { answer.merging([axis.name: $0.value]) { $1 } })
        let curve = zip(samples, predictions).map { sample, prediction in
            let half = OptimizationPlot.bandWidth * prediction.standardDeviation
            return (sample.place, prediction.mean, prediction.mean - half, prediction.mean + half)
        }
        let trials = points(axis) { _, loss in loss }
        let shown = trials.filter { $0.state != .diverged }.map(\.y)
        let values = curve.flatMap { [$0.2, $0.3] } + shown
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let margin = high > low ? 0.05 * (high - low) : max(abs(high) * 0.5, 1e-12)
        let range = low - margin...high + margin
        let style =
            axis.choices == nil
            ? """
            $curve using 1:3:4 with filledcurves linecolor rgb '\(Palette.mean)' notitle, \
            $curve using 1:2 with lines linewidth 2 linecolor rgb '\(Palette.mean)' title 'surrogate'
            """
            : "$curve using 1:2:3:4 with yerrorbars pointtype 7 linewidth 2 linecolor rgb '\(Palette.mean)' title 'surrogate'"
        let least = curve.min { $0.1 < $1.1 }
        let minimum = least.map { least in
            let place = axis.choices.map { $0[Int(least.0)] } ?? least.0.formattedShort(significantDigits: 3)
            return "The surrogate mean is least, \(ReportSubject.loss(least.1)), at \(place)."
        }
        return Figure(
            title: axis.label, description: minimum ?? "", size: (480, 280),
            commands: """
                \(Gnuplot.block("curve", curve.map { "\($0.0.short) \($0.1.short) \($0.2.short) \($0.3.short)" }))
                \(Gnuplot.block("trials", trials.isEmpty ? ["NaN NaN"] : trials.map { "\($0.x.short) \(min($0.y, range.upperBound).short)" }))
                \(axis.commands("x"))
                set ylabel 'validation loss'; \(range.yAxis)
                set style fill transparent solid 0.25 noborder
                \(mark(axis))
                plot \(style), $trials using 1:2 with points pointtype 2 pointsize 0.6 linecolor rgb '\(Palette.ink)' title 'trials'
                """)
    }

    /// The mean over two parameters.
    ///
    /// - Throws: `OptimizerError`.
    func contour(_ x: ParameterAxis, _ y: ParameterAxis) throws(OptimizerError) -> Figure {
        let (columns, rows) = (x.samples(20, in: subject.space), y.samples(20, in: subject.space))
        var blocks: [String] = []
        var least: (mean: Double, x: Int, y: Int)?
        for (row, lower) in rows.enumerated() {
            let means = try surrogate.means(
                columns.map { answer.merging([x.name: $0.value, y.name: lower.value]) { $1 } }
            )
            for (column, mean) in means.enumerated() where mean < least?.mean ?? .infinity {
                least = (mean, column, row)
            }
            // Each sample is a rectangle that ends half way to its neighbours.
            blocks += zip(columns.indices, means).map { column, mean in
                let (left, right) = Self.ends(columns.map(\.place), column, x)
                let (bottom, top) = Self.ends(rows.map(\.place), row, y)
                return
                    "\(columns[column].place.short) \(lower.place.short) \(left.short) \(right.short) \(bottom.short) \(top.short) \(mean.short)"
            }
        }
        let trials = subject.learned.spread(ReportSubject.markLimit).compactMap { trial -> String? in
            guard let across = x.place(of: trial.parameters[x.name]), let up = y.place(of: trial.parameters[y.name])
            else {
                return nil
            }
            return "\(across.short) \(up.short)"
        }
        let place = [x.place(of: answer[x.name]), y.place(of: answer[y.name])].compactMap { $0 }
        let description = least.map {
            "The surrogate mean is least, \(ReportSubject.loss($0.mean)), at \(x.label) "
                + "\(ReportSubject.text(columns[$0.x].value)) and \(y.label) \(ReportSubject.text(rows[$0.y].value))."
        }
        return Figure(
            title: "\(x.label) and \(y.label)", description: description ?? "", size: (480, 340),
            commands: """
                \(Gnuplot.block("surface", blocks))
                \(Gnuplot.block("trials", trials.isEmpty ? ["NaN NaN"] : trials))
                \(Gnuplot.block("answer", [place.count == 2 ? "\(place[0].short) \(place[1].short)" : "NaN NaN"]))
                \(x.commands("x")); \(y.commands("y"))
                unset key; unset grid; set cblabel 'surrogate mean'; set rmargin 12
                set style fill solid 1 noborder
                set palette defined (0 '#f4e04d', 0.5 '#3d85c6', 1 '#2b2f5b')
                plot $surface using 1:2:3:4:5:6:7 with boxxyerror linecolor palette, \
                $trials using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
                $trials using 1:2 with points pointtype 7 pointsize 0.4 linecolor rgb '#222222', \
                $answer using 1:2 with points pointtype 7 pointsize 1.2 linecolor rgb '#ffffff', \
                $answer using 1:2 with points pointtype 7 pointsize 0.9 linecolor rgb '\(Palette.choice)'
                """)
    }

    /// The ends of the rectangle of a sample.
    private static func ends(_ places: [Double], _ index: Int, _ axis: ParameterAxis) -> (Double, Double) {
        func between(_ first: Double, _ second: Double) -> Double {
            axis.isLogarithmic ? (first * second).squareRoot() : (first + second) / 2
        }
        let place = places[index]
        let isDiscrete = axis.choices != nil
        let lower = index > 0 ? between(places[index - 1], place) : isDiscrete ? place - 0.5 : place
        let upper = index + 1 < places.count ? between(place, places[index + 1]) : isDiscrete ? place + 0.5 : place
        return (lower, upper)
    }

    /// The places of the trials on an axis, with their losses.
    private func points(
        _ axis: ParameterAxis, _ y: (TrialRecord, Double) -> Double
    ) -> [(x: Double, y: Double, state: TrialRecord.State)] {
        subject.learned.spread(ReportSubject.markLimit).compactMap { trial in
            axis.place(of: trial.parameters[axis.name]).map { ($0, y(trial, trial.expectedLoss), trial.state) }
        }
    }

    /// A line at the answer.
    private func mark(_ axis: ParameterAxis) -> String {
        let place = axis.place(of: answer[axis.name])
        return Gnuplot.verticals([place].compactMap { $0 }.map { ($0, Palette.choiceLine) })
    }
}
