/// Any JSON value, for texts whose members are not known in advance.
///
/// `Codable` types are made from it with ``decode(_:)``.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// A number, as it is written.
    case number(String)

    /// Parses a text in UTF-8.
    ///
    /// Unlike ``JSON/decode(_:from:)`` it accepts numbers that are not finite in the spelling of Python, `NaN` and
    /// `-Infinity`.
    ///
    /// - Throws: ``JSONError``.
    package init(parsing text: [UInt8]) throws(JSONError) {
        self.init(try JSONParser(text).parse())
    }

    /// The JSON of an encodable value.
    ///
    /// - Throws: The error of the value's `encode(to:)`.
    package init(encoding value: some Encodable) throws {
        let node = JSONNode()
        try node.set(to: value)
        self.init(node)
    }

    init(_ node: JSONNode) {
        self =
            switch node.content {
            case .null: .null
            case .string(let text): .string(text)
            case .literal(let text): Bool(text).map { .bool($0) } ?? .number(text)
            case .array(let elements): .array(elements.map(Self.init))
            case .object(let members):
                .object(Dictionary(uniqueKeysWithValues: members.map { ($0.key, Self($0.value)) }))
            }
    }

    /// The value as a node for the coders; members are in the order of their names.
    var node: JSONNode {
        switch self {
        case .null: JSONNode(.null)
        case .bool(let truth): JSONNode(.literal(truth ? "true" : "false"))
        case .string(let text): JSONNode(.string(text))
        case .number(let text): JSONNode(.literal(text))
        case .array(let elements): JSONNode(.array(elements.map(\.node)))
        case .object(let members):
            JSONNode(.object(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.node) }))
        }
    }

    /// Decodes a value.
    ///
    /// - Throws: ``JSONError``.
    package func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(JSONError) -> Value {
        do {
            return try JSONNodeDecoder(node: node, place: JSONPlace()).decode(type)
        } catch {
            throw error as? JSONError ?? JSONError(problem: "\(error)")
        }
    }

    /// The member of an object; `nil` if there is none, if it is `null`, and for other values.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members[name], member != .null else { return nil }
        return member
    }

    /// The number, which may be infinite or NaN; `nil` for other values.
    package var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }

    /// The whole number; `nil` for other values.
    package var int: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The text; `nil` for other values.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth value; `nil` for other values.
    package var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The elements; `nil` for other values.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members; `nil` for other values.
    package var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }
}

extension JSONValue: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let truth): try container.encode(truth)
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        case .number(let text):
            if let number = Int(text) { try container.encode(number) } else { try container.encode(Double(text)) }
        }
    }
}
