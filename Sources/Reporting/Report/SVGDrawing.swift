/// A drawing of gnuplot, prepared to stand inside of a page.
///
/// - Ink (``Palette/ink``) becomes `currentColor`, so it follows the page in light and dark mode.
/// - The drawing is named by its title and described by a text, for those who can't see it.
/// - Identifiers get a prefix, because a page must not have one twice.
struct SVGDrawing: Sendable {
    /// The element `svg`.
    let markup: String

    /// Prepares the output of gnuplot's SVG terminal; `nil` if it is not a whole drawing.
    ///
    /// - Parameters:
    ///   - output: A file with one drawing.
    ///   - identifier: A prefix that no other drawing of the page has.
    ///   - title: What the drawing shows, in a few words.
    ///   - description: What can be read from it.
    init?(_ output: String, identifier: String, title: String, description: String) {
        guard let start = output.firstRange(of: "<svg"), let end = output.firstRange(of: "</svg>"),
            let body = output.firstRange(of: "<g id=\"gnuplot_canvas\">")
        else { return nil }
        let opening = output[start.lowerBound..<body.lowerBound]
        guard let viewBox = opening.firstMatch(of: /viewBox="([0-9. ]+)"/)?.1 else { return nil }
        var drawing = String(output[body.lowerBound..<end.lowerBound])
        drawing.replace(" color=\"black\"", with: "")
        drawing.replace(" color=\"white\"", with: "")
        for ink in Palette.inkInDrawings { drawing.replace(ink, with: "currentColor") }
        // gnuplot clears the place of a mark with error bars, in the colour of paper.
        drawing.replace(/<use [^>]*color='white'\/>\s*/, with: "")
        drawing.replace(/<filter[^>]*>\s*(<fe[^>]*>\s*)*<\/filter>\s*/, with: "")
        drawing.replace(" color='currentColor'", with: "")
        drawing.replace("=\"black\"", with: "=\"currentColor\"")
        // gnuplot does not escape it, and XML does not allow it in a text.
        drawing.replace("]]>", with: "]]&gt;")
        drawing.replace("id=\"", with: "id=\"\(identifier)-")
        drawing.replace("id='", with: "id='\(identifier)-")
        drawing.replace("xlink:href='#", with: "xlink:href='#\(identifier)-")
        drawing.replace("url(#", with: "url(#\(identifier)-")
        // gnuplot names each curve; a browser would show the name in place of the title of the whole drawing.
        drawing.replace(/<title>[^<]*<\/title>\s*/, with: "")
        drawing.replace(/<g fill="none" stroke="currentColor"[^>]*>\s*<\/g>\s*/, with: "")
        drawing.replace(/\s*\n\s*/, with: "\n")
        markup = """
            <svg viewBox="\(viewBox)" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
            role="img" aria-labelledby="\(identifier)-title \(identifier)-desc"><title id="\(identifier)-title">\
            \(HTML.escaped(title))</title><desc id="\(identifier)-desc">\(HTML.escaped(description))</desc>
            \(drawing)</svg>
            """
    }
}

/// The colours of the report's drawings, which can be told apart on a light and on a dark page.
enum Palette {
    /// Stands for the colour of the page's text.
    static let ink = "#010203"

    /// The spellings of the ink in the output of gnuplot.
    static let inkInDrawings = ["rgb(  1,   2,   3)", "rgb(1,2,3)", "#010203"]

    static let grid = "#8c8c8c"
    static let mean = "#3d85c6"
    static let acquisition = "#d9534f"
    static let choice = "#2e9e6b"
    /// The style of a line at the answer.
    static let choiceLine = "linewidth 2 linecolor rgb '\(choice)'"
    static let complete = "#3d85c6"
    static let pruned = "#e08a1e"
    static let diverged = "#d9534f"
}
