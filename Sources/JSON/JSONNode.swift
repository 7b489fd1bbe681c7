/// A JSON value, which may be incomplete.
///
/// It is a class because the containers of `Codable` fill a value after they have returned it.
final class JSONNode {
    /// The contents so far.
    enum Content {
        case null
        case string(String)

        /// A number or a truth value, as text.
        case literal(String)
        case array([JSONNode])
        case object([(key: String, value: JSONNode)])
    }

    private(set) var content: Content

    init(_ content: Content = .null) {
        self.content = content
    }

    /// Sets the contents to the JSON of an encodable value.
    func set(to value: some Encodable) throws {
        switch value {
        case let value as String: content = .string(value)
        case let value as Bool: content = .literal(value ? "true" : "false")
        case let value as any FixedWidthInteger: content = .literal("\(value)")
        case let value as Double: content = value.isFinite ? .literal("\(value)") : .null
        case let value as Float: content = value.isFinite ? .literal("\(value)") : .null
        case let value as [String: any Encodable]:
            beginObject()
            for (key, value) in value.sorted(by: { $0.key < $1.key }) { try member(key).set(to: value) }
        default: try value.encode(to: JSONNodeEncoder(node: self))
        }
    }

    /// Becomes an object, unless it is one already.
    func beginObject() {
        if case .object = content { return }
        content = .object([])
    }

    /// Becomes an array, unless it is one already.
    func beginArray() {
        if case .array = content { return }
        content = .array([])
    }

    /// Appends a member to this object.
    func member(_ key: String) -> JSONNode {
        let node = JSONNode()
        guard case .object(var members) = content else { preconditionFailure("the value is not an object: \(key)") }
        // Without a second reference the members are not copied.
        content = .null
        members.append((key, node))
        content = .object(members)
        return node
    }

    /// Appends an element to this array.
    func element() -> JSONNode {
        let node = JSONNode()
        guard case .array(var elements) = content else {
            preconditionFailure("the value is not an array")
        }
        content = .null
        elements.append(node)
        content = .array(elements)
        return node
    }

    /// The number of elements of this array so far.
    var count: Int {
        guard case .array(let elements) = content else { return 0 }
        return elements.count
    }
}
