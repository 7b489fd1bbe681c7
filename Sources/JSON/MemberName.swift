/// The unchanged name of a member, for objects whose members are not declared by a type.
package struct MemberName: CodingKey, Hashable, ExpressibleByStringLiteral {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(stringValue: String) { self.stringValue = stringValue }
    package init(stringLiteral value: String) { self.init(stringValue: value) }
    package init?(intValue: Int) { nil }
}
