/// Decodes a value from a node.
///
/// An optional member is `nil` if it is `null` or missing.
struct JSONNodeDecoder: Decoder {
    let node: JSONNode
    /// The position of the node for messages.
    let place: JSONPlace
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = node.content else { throw problem("an object") }
        return KeyedDecodingContainer(
            Keyed(members: Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) }), decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = node.content else { throw problem("a list") }
        return Unkeyed(elements: elements, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    fileprivate var isNull: Bool {
        if case .null = node.content { true } else { false }
    }

    /// The error that a node is of another kind.
    private func problem(_ requirement: String) -> JSONError {
        JSONError(problem: "\(place.subject) is \(node.spelling), and must be \(requirement)", member: place.path)
    }

    private func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(JSONError) -> Number {
        guard case .literal(let text) = node.content, let real = Double(text) else { throw problem("a whole number") }
        if let number = Number(text) ?? Number(exactly: real) { return number }
        // Every double from 2^53 on is a whole number.
        let isWhole = real.magnitude >= 0x1p53 || Int64(exactly: real) != nil
        throw problem("a whole number" + (isWhole ? " from \(Number.min) to \(Number.max)" : ""))
    }

    private func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Number.Type
    ) throws(JSONError) -> Number {
        guard case .literal(let text) = node.content, let number = Number(text) else { throw problem("a number") }
        guard number.isFinite else { throw problem("a finite number") }
        return number
    }
}

extension JSONNodeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { isNull }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value: Any
        switch type {
        case is String.Type:
            guard case .string(let text) = node.content else { throw problem("a text") }
            value = text
        case is Bool.Type:
            guard case .literal(let text) = node.content, let truth = Bool(text) else {
                throw problem("true or false")
            }
            value = truth
        case let type as any FixedWidthInteger.Type: value = try number(type)
        case is Double.Type: value = try number(Double.self)
        case is Float.Type: value = try number(Float.self)
        default:
            do {
                value = try type.init(from: self)
            } catch let error as JSONError {
                throw error
            } catch is DecodingError {
                // The text is not a case of an enumeration.
                throw problem(Self.cases(of: type).map { "one of \($0)" } ?? "another value")
            } catch {
                throw JSONError(problem: "\(place.prefix)\(error)")
            }
        }
        return value as! Value
    }
}

extension JSONNodeDecoder {
    /// The texts of an enumeration's cases, as in a message; `nil` for a type that does not list them.
    private static func cases(of type: any Decodable.Type) -> String? {
        func texts<Kind: CaseIterable>(_ type: Kind.Type) -> [String] {
            type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        }
        guard let type = type as? any CaseIterable.Type else { return nil }
        let texts = texts(type)
        return texts.isEmpty ? nil : texts.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    /// The members of an object.
    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let members: [String: JSONNode]
        let decoder: JSONNodeDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

        private func member(_ key: some CodingKey) throws(JSONError) -> JSONNodeDecoder {
            let name = JSON.name(of: key)
            let place = decoder.place.member(name)
            guard let node = members[name] else {
                throw JSONError(problem: "\(place.subject) is missing", member: place.path)
            }
            return JSONNodeDecoder(node: node, place: place)
        }

        func contains(_ key: Key) -> Bool { members[JSON.name(of: key)] != nil }

        func decodeNil(forKey key: Key) throws -> Bool { try member(key).isNull }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try member(key).decode(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try member(key).unkeyedContainer()
        }

        func superDecoder() -> any Decoder { decoder }

        func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
    }

    /// The elements of a list.
    private struct Unkeyed: UnkeyedDecodingContainer {
        let elements: [JSONNode]
        let decoder: JSONNodeDecoder
        var codingPath: [any CodingKey] { [] }
        var count: Int? { elements.count }
        var currentIndex = 0
        var isAtEnd: Bool { currentIndex >= elements.count }

        private var element: JSONNodeDecoder {
            get throws(JSONError) {
                let place = decoder.place.element(currentIndex)
                guard !isAtEnd else {
                    throw JSONError(problem: "\(place.subject) is missing", member: place.path)
                }
                return JSONNodeDecoder(node: elements[currentIndex], place: place)
            }
        }

        mutating func decodeNil() throws -> Bool {
            let isNull = try element.isNull
            if isNull { currentIndex += 1 }
            return isNull
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let value = try element.decode(type)
            currentIndex += 1
            return value
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try superDecoder().container(keyedBy: type) }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try superDecoder().unkeyedContainer()
        }

        mutating func superDecoder() throws -> any Decoder {
            defer { currentIndex += 1 }
            return try element
        }
    }
}
