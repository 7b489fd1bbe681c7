/// The name of a member of an object whose members no type declares, as it is in the text.
package struct MemberName: CodingKey, Hashable, ExpressibleByStringLiteral {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(stringValue: String) { self.stringValue = stringValue }
    package init(stringLiteral value: String) { self.init(stringValue: value) }
    package init?(intValue: Int) { nil }
}
