/// A JSON object of any form, read by Foundation's decoder, whose numbers are exact (those of `JSONSerialization` are not).
///
/// Members are `Double`, `Bool`, `String`, ``Null``, `[Double]`, `[JSONObject]` or `JSONObject`.
package struct JSONObject: Decodable {
    /// The value `null`.
    package struct Null {}

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private var members: [String: Any] = [:]

    package var names: Dictionary<String, Any>.Keys { members.keys }

    package subscript(name: String) -> Any? { members[name] }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys {
            let types: [any Decodable.Type] = [
                Double.self, Bool.self, String.self, [Double].self, [JSONObject].self, JSONObject.self,
            ]
            members[name.stringValue] =
                try container.decodeNil(forKey: name)
                ? Null() : types.lazy.compactMap { try? container.decode($0, forKey: name) }.first
        }
    }
}
