/// A JSON text, parsed once, which can be decoded and asked for the spelling of its values.
package struct JSONDocument {
    private let root: JSONNode

    /// The first number that is not finite, such as `NaN`, which Python writes and JSON does not have.
    private let strangeNumber: JSONError?

    /// Parses a text in UTF-8.
    ///
    /// - Throws: ``JSONError``.
    package init(_ text: [UInt8]) throws(JSONError) {
        let parser = JSONParser(text)
        root = try parser.parse()
        strangeNumber = parser.strangeNumber
    }

    /// Decodes the value of the text.
    ///
    /// - Parameter entries: What the elements of some lists are called in messages, by the path of the list: with
    ///   `["": "observation"]` the third element of the outermost list is "observation 3".
    /// - Throws: ``JSONError``.
    package func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, entries: [String: String] = [:]
    ) throws(JSONError) -> Value {
        let value: Value
        do {
            value = try JSONNodeDecoder(node: root, place: JSONPlace(entries: entries)).decode(type)
        } catch {
            throw error as? JSONError ?? JSONError(problem: "\(error)")
        }
        // A message about the member that has such a number is better, so the text is refused after decoding only.
        if let strangeNumber { throw strangeNumber }
        return value
    }

    /// The text of a number, a string or another value that fits on a short line; `nil` where there is none.
    ///
    /// - Parameter path: Names of members, and indices of elements from 0.
    package func spelling(at path: [String]) -> String? {
        var node = root
        for step in path {
            switch node.content {
            case .object(let members):
                guard let member = members.first(where: { $0.key == step }) else { return nil }
                node = member.value
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                node = elements[index]
            default: return nil
            }
        }
        return node.spelling
    }
}

/// The place of a value in a text, for messages.
struct JSONPlace {
    /// What the elements of some lists are called, by the path of the list.
    let entries: [String: String]

    /// The entry that the value belongs to, such as `observation 3`; `nil` outside of those lists.
    private(set) var entry: String?

    /// The path of the value within its entry, such as `parameters.x` or `folds[0].loss`.
    private(set) var path = ""

    init(entries: [String: String] = [:]) {
        self.entries = entries
    }

    func member(_ name: String) -> JSONPlace {
        var place = self
        place.path = path.isEmpty ? name : "\(path).\(name)"
        return place
    }

    func element(_ index: Int) -> JSONPlace {
        var place = self
        if entry == nil, let noun = entries[path] {
            (place.entry, place.path) = ("\(noun) \(index + 1)", "")
        } else {
            place.path = "\(path)[\(index)]"
        }
        return place
    }

    /// The value as the subject of a sentence.
    var subject: String {
        guard let entry else { return path.isEmpty ? "it" : path }
        return path.isEmpty ? entry : "\(entry): \(path)"
    }

    /// The beginning of a message that does not name the value itself.
    var prefix: String { subject == "it" ? "" : "\(subject): " }
}
