/// In JSON: `{"name":"x","type":"real","lower":0.001,"upper":0.9,"scale":"log"}`, with `"values"` of an ordinal and `"choices"` of a
/// categorical parameter instead of bounds. A scale that is left out is linear.
extension Parameter: Codable {
    private struct Entry: Codable {
        enum Kind: String, Codable { case real, integer, ordinal, categorical }

        var name: String
        var type: Kind
        var lower: ParameterValue?
        var upper: ParameterValue?
        var scale: String?
        var values: [Double]?
        var choices: [String]?
    }

    /// Reads a parameter.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for an invalid parameter and for
    ///   unknown members.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: ["name", "type", "lower", "upper", "scale", "values", "choices"])
        let entry = try Entry(from: decoder)
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: entry.name, reason: reason) }
        let isNumber = entry.type == .real || entry.type == .integer
        if entry.values != nil, entry.type != .ordinal { throw refuse("\(entry.type) has no values") }
        if entry.choices != nil, entry.type != .categorical { throw refuse("\(entry.type) has no choices") }
        if !isNumber, entry.lower != nil || entry.upper != nil || entry.scale != nil {
            throw refuse("\(entry.type) has no bounds and no scale")
        }
        guard let scale = Scale(rawValue: entry.scale ?? "linear") else {
            throw refuse("the scale must be linear or log, not '\(entry.scale ?? "")'")
        }
        switch (entry.type, entry.lower, entry.upper) {
        case (.ordinal, _, _):
            guard let values = entry.values else { throw refuse("an ordinal parameter needs values") }
            try self.init(entry.name, .ordinal(values: values))
        case (.categorical, _, _):
            guard let choices = entry.choices else { throw refuse("a categorical parameter needs choices") }
            try self.init(entry.name, .categorical(choices: choices))
        case (.integer, .integer(let lower), .integer(let upper)):
            try self.init(entry.name, .integer(lower: lower, upper: upper, scale: scale))
        default:
            guard let lower = entry.lower?.number, let upper = entry.upper?.number else {
                throw refuse("it needs a lower and an upper bound")
            }
            if entry.type == .integer { throw refuse("the bounds of an integer must be whole numbers") }
            try self.init(entry.name, .real(lower: lower, upper: upper, scale: scale))
        }
    }

    /// Writes a parameter.
    public func encode(to encoder: any Encoder) throws {
        let entry =
            switch domain {
            case .real(let lower, let upper, let scale):
                Entry(name: name, type: .real, lower: .real(lower), upper: .real(upper), scale: scale.rawValue)
            case .integer(let lower, let upper, let scale):
                Entry(name: name, type: .integer, lower: .integer(lower), upper: .integer(upper), scale: scale.rawValue)
            case .ordinal(let values): Entry(name: name, type: .ordinal, values: values)
            case .categorical(let choices): Entry(name: name, type: .categorical, choices: choices)
            }
        try entry.encode(to: encoder)
    }
}

extension Decoder {
    /// Refuses an object with unknown members, which may be misspelt.
    ///
    /// - Throws: ``OptimizerError/unknownMember(name:)`` with the first of them in alphabetical order.
    func refuseMembers(otherThan known: Set<String>) throws {
        let names = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let unknown = names.filter({ !known.contains($0) }).min() {
            throw OptimizerError.unknownMember(name: unknown)
        }
    }
}

/// A key of any name.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
