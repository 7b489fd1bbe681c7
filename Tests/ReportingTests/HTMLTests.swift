import Foundation
import Reporting
import Testing

@Suite("HTML")
struct HTMLTests {
    @Test(
        "No character of a text is markup",
        arguments: [
            ("a < b & c > d", "a &lt; b &amp; c &gt; d"), ("\"quoted\" 'text'", "\"quoted\" 'text'"),
            ("</script><script>", "&lt;/script&gt;&lt;script&gt;"), ("&amp;", "&amp;amp;"),
            ("a\u{0}b\u{1b}c\u{ffff}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("two\nlines\tü 𝛼", "two\nlines\tü 𝛼"), ("\r\n", "\u{fffd}\n"), ("", ""),
        ])
    func text(text: String, markup: String) {
        #expect(HTML(text).markup == markup)
        #expect(HTML.element("b", [:], text).markup == "<b>\(markup)</b>")
    }

    @Test("The value of an attribute ends at its own quote")
    func attribute() {
        let element = HTML.element("p", ["title": "\"><script> & 'x'"], [HTML("t")])
        #expect(element.markup == "<p title=\"&quot;&gt;&lt;script&gt; &amp; 'x'\">t</p>")
    }

    @Test("Elements without an end tag are closed at once, and others are not")
    func empty() {
        #expect(HTML.element("img", ["alt": ""], []).markup == "<img alt=\"\"/>")
        #expect(HTML.element("td", [:], "").markup == "<td></td>")
    }

    @Test("Base64 is that of Foundation", arguments: 0..<7)
    func base64(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 * $0 + 255) }
        let mistake = FinalModel.Mistake(sample: 0, label: 0, predicted: 1, probability: 1, png: bytes)
        #expect(mistake.png == Data(bytes).base64EncodedString())
    }
}
