import Platform

/// A figure of the report: the commands that draw it, and its text alternative.
struct Figure: Sendable {
    /// What it shows, in a few words.
    let title: String

    /// What can be read from it, for those who can't see it.
    let description: String

    /// Width and height in units of a text of 12.
    var size = (width: 480, height: 300)

    /// The commands after those that all figures share.
    let commands: String

    /// All commands.
    var script: String {
        """
        set encoding utf8
        set terminal svg dynamic size \(size.width),\(size.height) font 'sans-serif,12'
        set border 3 linewidth 1 linecolor rgb '\(Palette.ink)'
        set tics nomirror out scale 0.6 textcolor rgb '\(Palette.ink)'
        set grid linetype 1 linewidth 0.4 linecolor rgb '\(Palette.grid)'
        set format '%g'
        set errorbars small
        set xlabel textcolor rgb '\(Palette.ink)'
        set ylabel textcolor rgb '\(Palette.ink)'
        set cblabel textcolor rgb '\(Palette.ink)'
        set key textcolor rgb '\(Palette.ink)' above left horizontal Left reverse samplen 2 width 1
        \(commands)

        """
    }
}

/// Draws the figures of a report, and says what can't be drawn.
struct FigurePrinter {
    private let gnuplot: Gnuplot
    private var count = 0

    /// Why figures are missing; empty if none is.
    private(set) var complaints: [String] = []

    /// Whether there is no gnuplot, so that no further figure is tried.
    private(set) var hasNoGnuplot = false

    init(_ gnuplot: Gnuplot) { self.gnuplot = gnuplot }

    /// The figure as an element, or a note in its place.
    private mutating func html(_ figure: Figure) -> HTML {
        count += 1
        let caption = HTML.element("figcaption", [:], figure.title)
        guard !hasNoGnuplot, let drawing = draw(figure) else {
            return .element(
                "figure", [:],
                [caption, .note("Not drawn\(complaints.last.map { ": \($0)" } ?? ""). \(figure.description)")])
        }
        return .element("figure", [:], [caption, HTML(drawing)])
    }

    /// Several figures beside each other where there is space.
    mutating func grid(_ figures: [Figure]) -> HTML {
        figures.isEmpty ? .nothing : .element("div", ["class": "grid"], figures.map { html($0) })
    }

    private mutating func draw(_ figure: Figure) -> SVGDrawing? {
        let reason: String
        do throws(ChildProcessError) {
            let output = String(decoding: try gnuplot.run(figure.script, timeLimit: .seconds(20)), as: UTF8.self)
            if let drawing = SVGDrawing(
                output, identifier: "figure\(count)", title: figure.title, description: figure.description)
            {
                return drawing
            }
            reason = "the output of \(gnuplot.program) is not a whole drawing"
        } catch {
            if case .notFound = error { hasNoGnuplot = true }
            reason = "\(error)"
        }
        if !complaints.contains(reason) { complaints.append(reason) }
        return nil
    }
}
