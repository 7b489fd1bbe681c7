import JSON

/// An object of JSON with its members in a given order, such as a line of a journal.
struct JournalLine: Encodable, Sendable {
    private let members: [(name: String, value: any Encodable & Sendable)]

    /// Creates an object from the members of one or several lists.
    init(_ members: KeyValuePairs<String, any Encodable & Sendable>...) {
        self.members = members.flatMap { $0.map { ($0.key, $0.value) } }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        for (name, value) in members { try container.encode(value, forKey: MemberName(stringValue: name)) }
    }
}
