/// Reads and writes JSON in the form of this program.
///
/// - Names of members are in snake case: `learningRate` is written and read as `learning_rate`. Keys of dictionaries
///   are not changed.
/// - Members are in the order of their declaration. Dictionaries, which have no order, are sorted by their keys.
/// - Numbers have the fewest digits that read back as exactly the same value.
/// - Numbers that are not finite, and absent values, are `null`, because JSON has neither infinity nor NaN.
/// - An object with a repeated name is refused.
///
/// Foundation's coders are not used: they write members in an order that changes from run to run, refuse numbers that
/// are not finite, and report a number beyond the range of its type as invalid JSON without its position.
package enum JSON {
    /// The layout of a text.
    package enum Layout: Sendable {
        /// One line, for JSON Lines.
        case line

        /// Indented, with short objects and lists on one line.
        case pretty
    }

    /// The text of a value, without a newline at its end.
    ///
    /// - Throws: The error of the value's `encode(to:)`.
    package static func encode(_ value: some Encodable, layout: Layout = .pretty) throws -> String {
        let node = JSONNode()
        try node.set(to: value)
        return switch layout {
        case .line: node.line
        case .pretty: node.pretty()
        }
    }

    /// The name of a member in a file: `learning_rate` for `learningRate`.
    static func name<Key: CodingKey>(of key: Key) -> String {
        // A key type that accepts any text is that of a dictionary.
        if Key(stringValue: "any Name") != nil { return key.stringValue }
        return key.stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }

    /// Reads a value from a text in UTF-8.
    ///
    /// - Throws: ``JSONError``.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: [UInt8]
    ) throws(JSONError) -> Value {
        try JSONDocument(text).decode(type)
    }
}

/// A failure to read a text as JSON of the expected form.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as a clause without the name of the file.
    package let problem: String

    /// The path of the value within its entry, such as `parameters.x`; `nil` for an error that no value causes.
    package let member: String?

    /// Creates an error.
    package init(problem: String, member: String? = nil) {
        self.problem = problem
        self.member = member
    }

    /// What is wrong, as a clause without the name of the file.
    package var description: String { problem }
}
