/// In JSON: `{"name":"x","type":"real","lower":0.001,"upper":0.9,"scale":"log"}`, with `"values"` of an ordinal and `"choices"` of a
/// categorical parameter instead of bounds. A scale that is left out is linear.
extension Parameter: Codable {
    private enum Kind: String, Codable { case real, integer, ordinal, categorical }

    private enum CodingKeys: String, CodingKey, CaseIterable { case name, type, lower, upper, scale, values, choices }

    /// Reads a parameter.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for an impossible parameter and for members
    ///   that it does not have.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .name)
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: name, reason: reason) }
        let kind = try container.decode(Kind.self, forKey: .type)
        let (lower, upper) = (
            try container.decodeIfPresent(Double.self, forKey: .lower),
            try container.decodeIfPresent(Double.self, forKey: .upper)
        )
        let scaleName = try container.decodeIfPresent(String.self, forKey: .scale)
        let values = try container.decodeIfPresent([Double].self, forKey: .values)
        let choices = try container.decodeIfPresent([String].self, forKey: .choices)
        guard kind == .ordinal || values == nil, kind == .categorical || choices == nil else {
            throw refuse("\(kind.rawValue) has no \(kind == .ordinal || values == nil ? "choices" : "values")")
        }
        switch kind {
        case .ordinal, .categorical:
            guard lower == nil, upper == nil, scaleName == nil else {
                throw refuse("\(kind == .ordinal ? "values" : "choices") have no bounds and no scale")
            }
            if kind == .ordinal {
                guard let values else { throw refuse("an ordinal parameter needs values") }
                try self.init(name, .ordinal(values: values))
            } else {
                guard let choices else { throw refuse("a categorical parameter needs choices") }
                try self.init(name, .categorical(choices: choices))
            }
        case .real, .integer:
            guard let lower, let upper else { throw refuse("it needs a lower and an upper bound") }
            guard let scale = Scale(rawValue: scaleName ?? "linear") else {
                throw refuse("there is no scale '\(scaleName ?? "")', but linear and log")
            }
            if kind == .real {
                try self.init(name, .real(lower: lower, upper: upper, scale: scale))
                return
            }
            guard let low = Int(exactly: lower), let high = Int(exactly: upper) else {
                throw refuse("the bounds of an integer must be whole numbers")
            }
            try self.init(name, .integer(lower: low, upper: high, scale: scale))
        }
    }

    /// Writes a parameter.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ kind: Kind, _ bounds: (lower: some Encodable, upper: some Encodable), _ scale: Scale) throws {
            try container.encode(kind, forKey: .type)
            try container.encode(bounds.lower, forKey: .lower)
            try container.encode(bounds.upper, forKey: .upper)
            try container.encode(scale, forKey: .scale)
        }
        try container.encode(name, forKey: .name)
        switch domain {
        case .real(let lower, let upper, let scale): try encode(.real, (lower, upper), scale)
        case .integer(let lower, let upper, let scale): try encode(.integer, (lower, upper), scale)
        case .ordinal(let values):
            try container.encode(Kind.ordinal, forKey: .type)
            try container.encode(values, forKey: .values)
        case .categorical(let choices):
            try container.encode(Kind.categorical, forKey: .type)
            try container.encode(choices, forKey: .choices)
        }
    }
}

extension Decoder {
    /// Refuses an object with members that mean nothing, because they may be misspelt.
    ///
    /// - Throws: ``OptimizerError/unknownMember(name:)`` with the first of them in alphabetical order.
    func refuseMembers(otherThan known: [some CodingKey]) throws {
        let names = Set(known.map(\.stringValue))
        let keys = try container(keyedBy: AnyKey.self).allKeys
        if let unknown = keys.map(\.stringValue).filter({ !names.contains($0) }).min() {
            throw OptimizerError.unknownMember(name: unknown)
        }
    }
}

/// Any name of a member.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
