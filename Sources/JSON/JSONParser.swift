/// Parses the text of a value by RFC 8259.
final class JSONParser {
    /// The greatest depth of nested objects and lists, which bounds the recursion.
    private static let maximumDepth = 500

    private let text: [UInt8]
    private var index = 0

    /// The refusal of the first number that is not finite, which other programs write and JSON does not have.
    private(set) var strangeNumber: JSONError?

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// Parses the whole text as one value.
    func parse() throws(JSONError) -> JSONNode {
        guard String(validating: text, as: UTF8.self) != nil else {
            throw JSONError(problem: "it is not JSON: it is not valid UTF-8")
        }
        guard next != nil else { throw JSONError(problem: "it is not JSON: it is empty") }
        let node = try value(depth: 0)
        guard next == nil else { throw notJSON }
        return node
    }

    /// The error that the text is not JSON from about the next character on.
    private var notJSON: JSONError { JSONError(problem: "it is not JSON at \(position(of: index))") }

    /// A position for messages, counted from 1.
    private func position(of index: Int) -> String {
        let before = text[..<min(index, text.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return "line \(line), column \(String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1)"
    }

    /// The next character that is not white space, without consuming it; `nil` at the end.
    private var next: UInt8? {
        while index < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[index]) { index += 1 }
        return peek
    }

    /// The next character.
    private var peek: UInt8? { index < text.count ? text[index] : nil }

    /// Consumes a character if it is the next one after white space.
    private func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func value(depth: Int) throws(JSONError) -> JSONNode {
        guard depth < Self.maximumDepth else { throw JSONError(problem: "its lists or objects are nested too deeply") }
        switch next.map(Unicode.Scalar.init) {
        case "{":
            var members: [(key: String, value: JSONNode)] = []
            var names: Set<String> = []
            try elements(until: "}") { () throws(JSONError) in
                let name = try string()
                guard take(":") else { throw notJSON }
                guard names.insert(name).inserted else {
                    throw JSONError(problem: "an object has \"\(name)\" twice, before \(position(of: index))")
                }
                members.append((name, try value(depth: depth + 1)))
            }
            return JSONNode(.object(members))
        case "[":
            var values: [JSONNode] = []
            try elements(until: "]") { () throws(JSONError) in values.append(try value(depth: depth + 1)) }
            return JSONNode(.array(values))
        case "\"":
            return JSONNode(.string(try string()))
        default:
            let start = index
            while let byte = peek, !Self.ends.contains(byte) { index += 1 }
            let literal = String(decoding: text[start..<index], as: UTF8.self)
            if literal == "null" { return JSONNode(.null) }
            if Self.isStrange(literal) {
                if strangeNumber == nil {
                    strangeNumber = JSONError(
                        problem: "it is not JSON: \(literal) at \(position(of: start)) is no finite number")
                }
                return JSONNode(.literal(literal))
            }
            guard literal == "true" || literal == "false" || Self.isNumber(text[start..<index]) else {
                // The message names the beginning of the literal.
                index = start
                throw notJSON
            }
            return JSONNode(.literal(literal))
        }
    }

    /// Parses elements with commas between them, up to a closing character.
    private func elements(until end: Unicode.Scalar, _ element: () throws(JSONError) -> Void) throws(JSONError) {
        index += 1
        if take(end) { return }
        repeat { try element() } while take(",")
        guard take(end) else { throw notJSON }
    }

    /// The characters that can follow a literal.
    private static let ends = Array(" \t\r\n,:[]{}\"".utf8)

    /// Whether a literal is a number that is not finite, as Python (`NaN`, `-Infinity`) and C (`nan`, `inf`) write it.
    private static func isStrange(_ literal: String) -> Bool {
        let unsigned = literal.lowercased().drop { $0 == "-" || $0 == "+" }
        return literal.count - unsigned.count <= 1 && ["nan", "inf", "infinity"].contains(unsigned)
    }

    private static func isNumber(_ literal: ArraySlice<UInt8>) -> Bool {
        var rest = literal
        func take(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest.removeFirst()
            return true
        }
        func takeDigits() -> Bool {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest.removeFirst(count)
            return count > 0
        }
        _ = take("-")
        guard take("0") || takeDigits() else { return false }
        if take("."), !takeDigits() { return false }
        if take("eE") {
            _ = take("+-")
            guard takeDigits() else { return false }
        }
        return rest.isEmpty
    }

    private func string() throws(JSONError) -> String {
        guard take("\"") else { throw notJSON }
        var units: [UInt8] = []
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            guard text[index] >= 0x20 else { throw notJSON }
            if text[index] == UInt8(ascii: "\\") { units += try escape() } else { units.append(text[index]) }
            index += 1
        }
        guard take("\"") else { throw notJSON }
        return String(decoding: units, as: UTF8.self)
    }

    /// The character of an escape sequence in UTF-8; its last byte is not consumed.
    private func escape() throws(JSONError) -> [UInt8] {
        let simple = zip("\"\\/bfnrt".utf8, "\"\\/\u{8}\u{c}\n\r\t".utf8)
        index += 1
        if let character = simple.first(where: { $0.0 == peek }) { return [character.1] }
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            index += 2
            guard index < text.count, text[index - 1] == UInt8(ascii: "\\") else { throw notJSON }
            units.append(try codeUnit())
        }
        guard let character = String(validating: units, as: UTF16.self) else { throw notJSON }
        return Array(character.utf8)
    }

    /// The number in `uXXXX`; its last digit is not consumed.
    private func codeUnit() throws(JSONError) -> UInt16 {
        guard peek == UInt8(ascii: "u"), index + 4 < text.count,
            let unit = UInt16(String(decoding: text[index + 1...index + 4], as: UTF8.self), radix: 16),
            text[index + 1] != UInt8(ascii: "+")
        else { throw notJSON }
        index += 4
        return unit
    }
}
