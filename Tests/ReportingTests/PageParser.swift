import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What a page contains, read as XML; a page that is not well formed is a failure.
final class PageParser: NSObject, XMLParserDelegate {
    /// The identifiers of all elements.
    private(set) var identifiers: [String] = []

    /// The number of elements of each name.
    private(set) var counts: [String: Int] = [:]

    /// All text.
    private(set) var text = ""

    /// The text within each section, by its identifier.
    private(set) var sections: [String: String] = [:]

    private var section: String?

    init(_ page: String) throws {
        super.init()
        let parser = XMLParser(data: Data(page.replacing("<!DOCTYPE html>\n", with: "").utf8))
        parser.delegate = self
        try #require(parser.parse(), "the page is not well formed: \(String(describing: parser.parserError))")
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        counts[name, default: 0] += 1
        if let identifier = attributes["id"] { identifiers.append(identifier) }
        if name == "section" { section = attributes["id"] }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        if name == "section" { section = nil }
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) {
        text += characters
        if let section { sections[section, default: ""] += characters }
    }
}
