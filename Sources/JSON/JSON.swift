/// JSON as this program writes it.
///
/// - Members come in the order in which a type declares them, and their names in snake case: `learningRate` is written
///   as `learning_rate`. Dictionaries, which have no order, are sorted by their keys.
/// - Numbers are the shortest ones that read back as exactly the same value.
/// - Numbers that are not finite, and absent values, are `null`; JSON knows neither infinity nor NaN.
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
}
