extension JSONNode {
    /// The desired width of a pretty text in columns.
    private static var width: Int { 160 }

    /// The text on one line.
    var line: String {
        switch content {
        case .null: "null"
        case .literal(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[\(elements.map(\.line).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.map { "\(Self.quoted($0.key)): \($0.value.line)" }.joined(separator: ", "))}"
        }
    }

    /// A value in a message: its text if that is short, otherwise what it is.
    var spelling: String {
        switch content {
        case .object: return "an object"
        case .array: return "a list"
        default:
            let line = line
            return line.count <= 60 ? line : "\(line.prefix(57))..."
        }
    }

    /// The text with a line for each member and element; what fits on one line is not divided.
    ///
    /// - Parameter indentation: Spaces before each line but the first.
    func pretty(indentation: Int = 0) -> String {
        let line = line
        if indentation > 0, indentation + line.count <= Self.width { return line }
        let inner = indentation + 2
        func block(_ open: String, _ lines: [String], _ close: String) -> String {
            let margin = String(repeating: " ", count: inner)
            let end = String(repeating: " ", count: indentation)
            return "\(open)\n\(lines.map { margin + $0 }.joined(separator: ",\n"))\n\(end)\(close)"
        }
        switch content {
        case .array(let elements) where !elements.isEmpty:
            return block("[", elements.map { $0.pretty(indentation: inner) }, "]")
        case .object(let members) where !members.isEmpty:
            return block(
                "{", members.map { "\(Self.quoted($0.key)): \($0.value.pretty(indentation: inner))" }, "}")
        default:
            return line
        }
    }

    /// A text in quotation marks, escaped as by RFC 8259, section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
