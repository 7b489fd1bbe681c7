import BayesianOptimization
import Studies

/// How well the surrogate predicts each loss from the others.
extension ReportSubject {
    /// The section.
    func leftOutSection(_ printer: inout FigurePrinter) -> HTML {
        let predictions = surrogate?.leftOutPredictions() ?? []
        let usable = predictions.filter { $0.observed.isFinite && $0.mean.isFinite && $0.standardDeviation.isFinite }
        guard usable.count > 2 else {
            return .section(
                "left-out", "Left-out predictions", [.note("There are too few losses to leave one out and predict it.")]
            )
        }
        let inside = usable.count { abs($0.observed - $0.mean) <= OptimizationPlot.bandWidth * $0.standardDeviation }
        let text =
            "\(inside) of \(usable.count) losses lie within the interval that their prediction gives a probability of 90 %."
        return .section(
            "left-out", "Left-out predictions",
            [
                .paragraph(
                    "Each loss that the surrogate is conditioned on is predicted by all the others, with its noise; bars are one "
                        + "standard deviation. On the line, prediction and observation are equal. Diverged trials have no loss to "
                        + "predict. The loss of a trial that was stopped early is its forecast."),
                .paragraph(text),
                printer.grid([Self.figure(usable.spread(Self.markLimit), text)]),
            ])
    }

    private static func figure(
        _ predictions: [(observed: Double, mean: Double, standardDeviation: Double)], _ text: String
    ) -> Figure {
        let shown = predictions.flatMap { [$0.observed, $0.mean] }
        let (low, high) = (shown.min() ?? 0, shown.max() ?? 1)
        let margin = high > low ? 0.08 * (high - low) : max(abs(high) * 0.5, 1e-12)
        let range = low - margin...high + margin
        return Figure(
            title: "Observed and predicted loss", description: text, size: (480, 400),
            commands: """
                \(Gnuplot.block("points", predictions.map { "\($0.observed.short) \($0.mean.short) \($0.standardDeviation.short)" }))
                set xlabel 'observed loss'; set ylabel 'predicted loss'; unset key
                set xrange \(range.gnuplot); \(range.yAxis)
                plot x with lines dashtype 2 linecolor rgb '\(Palette.grid)', \
                $points using 1:2:3 with yerrorbars pointtype 0 linecolor rgb '\(Palette.mean)', \
                $points using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '\(Palette.mean)'
                """)
    }
}
