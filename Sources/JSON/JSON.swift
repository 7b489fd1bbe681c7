/// JSON as this program writes and reads it.
///
/// - Names of members are in snake case: `learningRate` is written and read as `learning_rate`. Keys of dictionaries are
///   what they are.
/// - Members come in the order in which a type declares them. Dictionaries, which have no order, are sorted by their keys.
/// - Numbers are the shortest ones that read back as exactly the same value.
/// - Numbers that are not finite, and absent values, are `null`; JSON knows neither infinity nor NaN.
/// - An object that has a name twice is refused.
///
/// Foundation's coders are no help: they write members in an order that changes from run to run, refuse numbers that are
/// not finite, and call a number beyond the range of its type "not valid JSON" without saying where it is.
package enum JSON {
    /// How a text is laid out.
    package enum Layout: Sendable {
        /// Everything on one line, as JSON Lines needs it.
        case line

        /// For people to read: indented, but on one line what fits there.
        case pretty
    }

    /// The text of a value, without a newline at its end.
    ///
    /// - Throws: What the value's own `encode(to:)` throws.
    package static func encode(_ value: some Encodable, layout: Layout = .pretty) throws -> String {
        let node = JSONNode()
        try node.set(to: value)
        return switch layout {
        case .line: node.line
        case .pretty: node.pretty()
        }
    }

    /// The name in a file of a member: `learningRate` is `learning_rate`.
    static func name<Key: CodingKey>(of key: Key) -> String {
        // A key that can be anything is that of a dictionary.
        if Key(stringValue: "any Name") != nil { return key.stringValue }
        return key.stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }

    /// Reads a value from a text in UTF-8.
    ///
    /// - Throws: ``JSONError``.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: [UInt8]
    ) throws(JSONError) -> Value {
        let node = try JSONParser(text).parse()
        do {
            return try JSONNodeDecoder(node: node, place: "").decode(type)
        } catch {
            throw error as? JSONError ?? JSONError(problem: "\(error)")
        }
    }
}

/// Why a text could not be read as JSON of the expected form.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as a clause without the name of the file.
    package let problem: String

    /// A problem.
    package init(problem: String) {
        self.problem = problem
    }

    /// What is wrong, as a clause without the name of the file.
    package var description: String { problem }
}
