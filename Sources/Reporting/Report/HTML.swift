/// A piece of HTML, well formed as XML too.
///
/// Text and the values of attributes are escaped, so no name of a journal can become markup. The names of elements and attributes
/// are those of this program.
package struct HTML: Sendable, Equatable {
    /// The markup.
    package let markup: String

    /// A piece without contents.
    static let nothing = HTML(markup: "")

    private init(markup: String) { self.markup = markup }

    /// A text.
    package init(_ text: String) { self.init(markup: Self.escaped(text)) }

    /// A drawing that gnuplot has made, which is markup already.
    init(_ drawing: SVGDrawing) { self.init(markup: drawing.markup) }

    /// Pieces one after another.
    init(_ pieces: [HTML]) { self.init(markup: pieces.map(\.markup).joined()) }

    /// An element; one without contents is closed at once.
    package static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<String, String> = [:], _ contents: [HTML]
    ) -> HTML {
        let list = attributes.map { " \($0)=\(quoted($1))" }.joined()
        let inner = contents.map(\.markup).joined()
        return HTML(markup: isVoid(name) ? "<\(name)\(list)/>" : "<\(name)\(list)>\(inner)</\(name)>")
    }

    /// An element around a text.
    package static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<String, String> = [:], _ text: String = ""
    ) -> HTML {
        element(name, attributes, text.isEmpty ? [] : [HTML(text)])
    }

    /// A style sheet; it must not have `<` or `&`, which would be escaped.
    static func style(_ rules: String) -> HTML { element("style", [:], rules) }

    /// Whether an element has no end tag in HTML.
    private static func isVoid(_ name: StaticString) -> Bool { ["meta", "img", "br"].contains("\(name)") }

    /// The value of an attribute between double quotes.
    private static func quoted(_ text: String) -> String { "\"\(escaped(text).replacing("\"", with: "&quot;"))\"" }

    /// A text in which no character has a meaning of its own; characters that XML does not allow are replaced by U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\t", "\n": result.append(scalar)
            default:
                let isAllowed =
                    scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && scalar.value & 0xfffe != 0xfffe
                result.append(isAllowed ? scalar : "\u{fffd}")
            }
        }
        return String(result)
    }
}

extension HTML {
    /// A table with a header; it scrolls within itself where the screen is narrow.
    ///
    /// - Parameter classes: The class of each row, for its style.
    static func table(_ header: [String], _ rows: [[String]], label: String, classes: [String] = []) -> HTML {
        let head = element("tr", [:], header.map { element("th", ["scope": "col"], $0) })
        let body = rows.enumerated().map { index, row in
            element("tr", classes.isEmpty ? [:] : ["class": classes[index]], row.map { element("td", [:], $0) })
        }
        return element(
            "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": label],
            [element("table", [:], [element("thead", [:], [head]), element("tbody", [:], body)])])
    }

    /// Names with their values.
    static func facts(_ facts: [(name: String, value: String)]) -> HTML {
        element("dl", [:], facts.flatMap { [element("dt", [:], $0.name), element("dd", [:], $0.value)] })
    }

    /// A section with a heading.
    static func section(_ id: String, _ title: String, _ contents: [HTML]) -> HTML {
        element(
            "section", ["id": id, "aria-labelledby": "\(id)-title"],
            [element("h2", ["id": "\(id)-title"], title)] + contents)
    }

    /// A paragraph.
    static func paragraph(_ text: String) -> HTML { element("p", [:], text) }

    /// A remark on what the report does not show.
    static func note(_ text: String) -> HTML { element("p", ["class": "note"], text) }
}
