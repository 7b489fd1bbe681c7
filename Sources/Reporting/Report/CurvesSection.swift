import Platform
import Studies

/// The learning curves of trials and of their folds.
extension ReportSubject {
    /// The greatest number of trials with a curve.
    static let curveLimit = 100

    /// The section.
    func curvesSection(_ printer: inout FigurePrinter) -> HTML {
        let measured = record.trials.filter { $0.meanLosses.contains { $0.loss.isFinite } }
        guard measured.contains(where: { $0.meanLosses.count > 1 }) else {
            return .section(
                "curves", "Learning curves",
                [.note("The journal has losses of no more than one epoch of each trial, so there are no curves.")])
        }
        let best = record.best?.number
        var shown = measured.spread(Self.curveLimit)
        // The best one is among them.
        if let found = measured.first(where: { $0.number == best }), !shown.contains(where: { $0.number == best }) {
            shown.append(found)
        }
        var contents = [
            HTML.paragraph(
                "The validation loss after each epoch. An open circle ends the curve of a trial that was stopped early, and a "
                    + "triangle that of a diverged one; it is at the top if the loss is above the others. The best trial has the thick line."
            )
        ]
        if shown.count < measured.count {
            contents.append(
                .note(
                    "\(shown.count) of \(measured.count) trials are drawn, evenly spread over the study, with the best one."
                ))
        }
        let trials = shown.map { trial in Curve(trial, trial.meanLosses, isBest: trial.number == best) }
        let folds = shown.flatMap { trial in
            trial.folds.compactMap { fold in
                fold.epochLosses.map { losses in
                    Curve(trial, losses.enumerated().map { ($0 + 1, $1) }, isBest: trial.number == best)
                }
            }
        }
        var figures = [CurveFigure(curves: trials).figure("Trials: the mean over the folds", "trial")]
        if folds.contains(where: { $0.points.count > 1 }) {
            figures.append(CurveFigure(curves: folds).figure("Folds: a line for each fold of each trial", "fold"))
        } else {
            contents.append(.note("The journal has no losses of single folds after each epoch."))
        }
        contents.append(printer.grid(figures))
        return .section("curves", "Learning curves", contents)
    }
}

/// The losses of a trial or of a fold after each epoch.
private struct Curve {
    let state: TrialRecord.State
    let isBest: Bool
    let points: [(epoch: Int, loss: Double)]

    init(_ trial: TrialRecord, _ losses: [(epoch: Int, loss: Double)], isBest: Bool) {
        state = trial.state
        self.isBest = isBest
        points = losses.filter(\.loss.isFinite)
    }
}

/// The drawing of some curves.
private struct CurveFigure {
    let curves: [Curve]

    func figure(_ title: String, _ noun: String) -> Figure {
        let ends = curves.compactMap(\.points.last?.loss)
        let range =
            if let low = ends.min(), let high = ends.max() {
                "The last losses lie between \(ReportSubject.loss(low)) and \(ReportSubject.loss(high))."
            } else {
                ""
            }
        return Figure(
            title: title, description: "\(curves.count) learning curves, one for each \(noun). \(range)",
            commands: commands)
    }

    /// The losses of all curves; those of diverged trials do not extend it upwards, unless there are no others.
    private var lossRange: ClosedRange<Double> {
        let learned = curves.filter { $0.state != .diverged }
        let high = (learned.isEmpty ? curves : learned).flatMap(\.points).map(\.loss).max()
        guard let low = curves.flatMap(\.points).map(\.loss).min(), let high else { return 0...1 }
        let margin = high > low ? 0.06 * (high - low) : max(abs(high) * 0.5, 1e-12)
        return low - margin...high + margin
    }

    private var commands: String {
        let range = lossRange
        /// All curves of a kind, with an empty line between them.
        func lines(_ isIncluded: (Curve) -> Bool) -> [String] {
            let found = curves.filter(isIncluded).map { curve in
                curve.points.map { "\($0.epoch) \($0.loss.short)" }.joined(separator: "\n")
            }
            return found.isEmpty ? ["NaN NaN"] : [found.joined(separator: "\n\n")]
        }
        func ends(_ state: TrialRecord.State) -> [String] {
            let found = curves.filter { $0.state == state }.compactMap(\.points.last).map {
                "\($0.epoch) \($0.loss.short)"
            }
            return found.isEmpty ? ["NaN NaN"] : found
        }
        let kinds: [(name: String, state: TrialRecord.State, colour: String)] = [
            ("complete", .complete, Palette.complete), ("pruned", .pruned, Palette.pruned),
            ("diverged", .diverged, Palette.diverged),
        ]
        let used = kinds.filter { kind in curves.contains { $0.state == kind.state && !$0.points.isEmpty } }
        let last = curves.flatMap(\.points).map(\.epoch).max() ?? 1
        let blocks = used.map { kind in
            Gnuplot.block(kind.name, lines { $0.state == kind.state && !$0.isBest }) + "\n"
                + Gnuplot.block("\(kind.name)Ends", ends(kind.state))
        }
        let plots = used.map { kind -> String in
            let line =
                "$\(kind.name) using 1:2 with lines linewidth 1 linecolor rgb '\(kind.colour)' title '\(kind.state.name)'"
            guard kind.state != .complete else { return line }
            return line
                + ", $\(kind.name)Ends using 1:2 with points pointtype \(kind.state.pointType) linecolor rgb '\(kind.colour)' notitle"
        }
        return """
            \(blocks.joined(separator: "\n"))
            \(Gnuplot.block("best", lines(\.isBest)))
            set xlabel 'epoch'; set ylabel 'validation loss'
            set xrange [0.8:\(Double(last) + 0.2)]
            \(last <= 12 ? "set xtics 1" : "")
            \(range.yAxis)
            plot \(plots.joined(separator: ", ")), \
            $best using 1:2 with lines linewidth 3 linecolor rgb '\(Palette.choice)' title 'best'
            """
    }
}
