import BayesianOptimization
import Studies

/// Several hyperparameters: importances, slices, contours and parallel coordinates.
extension ReportSubject {
    /// The greatest number of slices; the most important parameters have one.
    static let sliceLimit = 8

    /// The greatest number of parameters whose pairs have contours.
    static let contourLimit = 3

    /// The section; nothing for a single hyperparameter.
    func parametersSection(_ printer: inout FigurePrinter) throws(OptimizerError) -> HTML {
        guard space.parameters.count > 1 else { return .nothing }
        guard let surrogate, let answer else {
            return .section(
                "parameters", "Hyperparameters",
                [.note("There is no surrogate without a complete trial."), parallel(&printer)])
        }
        let effects = try Importances(of: surrogate, in: space, seed: record.description.seed).effects
        let ranked = zip(space.parameters, effects).enumerated()
            .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
            .map { (axis: ParameterAxis(parameter: $0.element.0), effect: $0.element.1) }
        let drawing = SurfaceDrawing(subject: self, surrogate: surrogate, answer: answer)
        var contents = [
            HTML.element("h3", [:], "Importances"),
            .paragraph(
                "The share of the variation of the surrogate's mean over the whole space that depends on each hyperparameter, with "
                    + "interactions (total effects; Jansen 1999). With interactions the sum exceeds 1."),
            .facts(ranked.map { ($0.axis.label, $0.effect.formatted(fractionDigits: 2)) }),
            printer.grid([Self.bars(ranked)]),
            .element("h3", [:], "Slices"),
            .paragraph(
                "The surrogate along each hyperparameter, with the others at the answer, and all trials, whose other hyperparameters "
                    + "may be elsewhere. The green line is the answer."),
        ]
        if ranked.count > Self.sliceLimit {
            contents.append(.note("The \(Self.sliceLimit) most important ones of \(ranked.count) are drawn."))
        }
        var slices: [Figure] = []
        for (axis, _) in ranked.prefix(Self.sliceLimit) { slices.append(try drawing.slice(axis)) }
        contents.append(printer.grid(slices))
        contents += [
            .element("h3", [:], "Contours"),
            .paragraph(
                "The surrogate's mean over two hyperparameters, with the others at the answer (green); the trials are small "
                    + "marks. Brighter is lower."),
        ]
        if ranked.count > Self.contourLimit {
            contents.append(.note("Drawn are the pairs of the \(Self.contourLimit) most important ones."))
        }
        var contours: [Figure] = []
        let chosen = ranked.prefix(Self.contourLimit).map(\.axis)
        for (index, x) in chosen.enumerated() {
            for y in chosen[(index + 1)...] { contours.append(try drawing.contour(x, y)) }
        }
        contents += [printer.grid(contours), .element("h3", [:], "Parallel coordinates"), parallel(&printer)]
        return .section("parameters", "Hyperparameters", contents)
    }

    private static func bars(_ ranked: [(axis: ParameterAxis, effect: Double)]) -> Figure {
        let lines = ranked.enumerated().map { "\($0) \($1.effect.short)" }
        let ticks = Gnuplot.ticks(ranked.enumerated().map { ($0, $1.axis.label) })
        let words = ranked.map { "\($0.axis.label) \($0.effect.formatted(fractionDigits: 2))" }
        return Figure(
            title: "Total effects", description: words.joined(separator: ", "),
            size: (480, 90 + 26 * ranked.count),
            commands: """
                \(Gnuplot.block("effects", lines))
                set style fill solid 0.7 noborder
                set yrange [\(Double(ranked.count) - 0.5):-0.5]; set xrange [0:*]; unset key
                set ytics \(ticks); set xlabel 'total effect'
                plot $effects using ($2/2.):1:($2/2.):(0.35) with boxxyerror linecolor rgb '\(Palette.mean)'
                """)
    }

    /// All trials as lines through all parameters and the loss.
    private func parallel(_ printer: inout FigurePrinter) -> HTML {
        let limit = 300
        let trials = learned
        guard !trials.isEmpty else { return .note("There is no trial with a loss.") }
        // The best are drawn last, on top.
        let shown = trials.spread(limit).sorted { $0.expectedLoss > $1.expectedLoss }
        let count = space.parameters.count
        // Ranks spread losses and colours, also where one loss is far above the others.
        let blocks = shown.enumerated().map { rank, trial -> String in
            let places = space.parameters.map { parameter in
                trial.parameters[parameter.name].flatMap { space.fraction(of: $0, of: parameter.name) } ?? .nan
            }
            let color = shown.count > 1 ? Double(rank) / Double(shown.count - 1) : 1
            return (places + [1 - color]).enumerated().map { "\($0) \($1.short) \(color.short)" }.joined(
                separator: "\n")
        }
        let names = space.parameters.map { NamedValue.label(of: $0.name) } + ["rank of the loss"]
        let ticks = Gnuplot.ticks(names.enumerated().map { ($0, String($1.prefix(18))) })
        let arrows = names.indices.map { index in
            "set arrow \(index + 1) from \(index), 0 to \(index), 1 nohead linecolor rgb '\(Palette.ink)'"
        }
        let figure = Figure(
            title: "Parallel coordinates",
            description: "\(shown.count) trials as lines through \(names.joined(separator: ", ")).",
            size: (max(480, 110 * (count + 1)), 300),
            commands: """
                \(Gnuplot.block("trials", [blocks.joined(separator: "\n\n")]))
                \(arrows.joined(separator: "\n"))
                set xrange [-0.3:\(Double(count) + 0.3)]; set yrange [-0.03:1.03]; unset key; unset colorbox
                set xtics \(ticks); unset ytics; unset grid; set border 0
                set palette defined (0 '#b9bec4', 0.5 '\(Palette.mean)', 1 '\(Palette.choice)')
                plot $trials using 1:2:3 with lines linewidth 1.2 linecolor palette
                """)
        return HTML([
            .paragraph(
                "A line for each trial, through the place of each hyperparameter between its bounds, at the bottom the lower one. The "
                    + "last place is the rank of the loss, the best at the bottom. Grey is the worst, green the best."
                    + (shown.count < trials.count ? " \(shown.count) of \(trials.count) trials are drawn." : "")),
            printer.grid([figure]),
        ])
    }
}
