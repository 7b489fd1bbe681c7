package import Platform

/// In JSON: `{"name":"x","type":"real","lower":0.001,"upper":0.9,"scale":"log"}`, with `"values"` of an ordinal and `"choices"` of a
/// categorical parameter instead of bounds.
///
/// A scale that is left out is linear; `"log":true` is another spelling of `"scale":"log"`. With a `"step"` the numbers
/// are the lower bound and steps from there on.
extension Parameter: Codable {
    private struct Entry: Codable {
        var name: String
        var type: String
        var lower: ParameterValue?
        var upper: ParameterValue?
        var step: ParameterValue?
        var scale: String?
        var log: Bool?
        var values: [Double]?
        var choices: [String]?
    }

    private enum Kind: String, CaseIterable { case real, integer, ordinal, categorical }

    private static let members = KnownWords(
        ["name", "type", "lower", "upper", "step", "scale", "log", "values", "choices"],
        synonyms: [
            "q": "step", "stride": "step", "high": "upper", "hi": "upper", "max": "upper", "maximum": "upper",
            "lo": "lower", "low": "lower", "up": "upper", "min": "lower", "minimum": "lower", "options": "choices",
            "categories": "choices",
            "items": "choices", "kind": "type", "dtype": "type", "id": "name", "spacing": "scale", "prior": "scale",
            "range": "lower", "bounds": "lower", "levels": "values",
        ])

    private static let kinds = KnownWords(
        Kind.allCases.map(\.rawValue),
        synonyms: [
            "float": "real", "double": "real", "number": "real", "continuous": "real", "uniform": "real",
            "int": "integer", "quantized": "integer", "choice": "categorical", "enum": "categorical",
            "string": "categorical", "nominal": "categorical", "discrete": "ordinal", "ordered": "ordinal",
        ])

    private static let scales = KnownWords(
        Scale.allCases.map(\.rawValue),
        synonyms: ["uniform": "linear", "lin": "linear", "loguniform": "log", "exponential": "log", "ln": "log"])

    /// Reads a parameter.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for an invalid parameter and for
    ///   unknown members.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: Self.members)
        let entry = try Entry(from: decoder)
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: entry.name, reason: reason) }
        guard let kind = Kind(rawValue: entry.type) else {
            throw refuse("there is no type \"\(entry.type)\"; \(Self.kinds.advice(for: entry.type))")
        }
        let isNumber = kind == .real || kind == .integer
        if entry.values != nil, kind != .ordinal { throw refuse("\(kind) has no values") }
        if entry.choices != nil, kind != .categorical { throw refuse("\(kind) has no choices") }
        if !isNumber, entry.lower != nil || entry.upper != nil || entry.scale != nil {
            throw refuse("\(kind) has no bounds and no scale")
        }
        if !isNumber, entry.step != nil || entry.log != nil { throw refuse("\(kind) has no step and no log") }
        switch kind {
        case .ordinal:
            guard let values = entry.values else { throw refuse("an ordinal parameter needs values") }
            try self.init(entry.name, .ordinal(values: values))
        case .categorical:
            guard let choices = entry.choices else { throw refuse("a categorical parameter needs choices") }
            try self.init(entry.name, .categorical(choices: choices))
        case .real: try self.init(entry.name, Self.real(entry, Self.scale(entry, refuse), refuse))
        case .integer: try self.init(entry.name, Self.integer(entry, Self.scale(entry, refuse), refuse))
        }
    }

    /// The scale of an entry, which has two spellings.
    private static func scale(_ entry: Entry, _ refuse: (String) -> OptimizerError) throws(OptimizerError) -> Scale {
        guard let text = entry.scale else { return entry.log == true ? .log : .linear }
        guard let scale = Scale(rawValue: text) else {
            throw refuse("the scale must be linear or log, not \"\(text)\"; \(scales.advice(for: text))")
        }
        if let log = entry.log, log != (scale == .log) {
            throw refuse("\"scale\": \"\(text)\" and \"log\": \(log) contradict each other")
        }
        return scale
    }

    private static func real(
        _ entry: Entry, _ scale: Scale, _ refuse: (String) -> OptimizerError
    ) throws(OptimizerError) -> Domain {
        let (lower, upper) = try bounds(entry, refuse)
        guard let lower = lower.number else { throw refuse("the lower bound must be a number, not \"\(lower)\"") }
        guard let upper = upper.number else { throw refuse("the upper bound must be a number, not \"\(upper)\"") }
        guard let step = entry.step else { return .real(lower: lower, upper: upper, scale: scale) }
        guard scale == .linear else { throw refuse("a logarithmic scale has no step") }
        guard let step = step.number else { throw refuse("the step must be a number") }
        return .steppedReal(lower: lower, upper: upper, step: step)
    }

    private static func integer(
        _ entry: Entry, _ scale: Scale, _ refuse: (String) -> OptimizerError
    ) throws(OptimizerError) -> Domain {
        guard case (.integer(let lower), .integer(let upper)) = try bounds(entry, refuse) else {
            throw refuse("the bounds of an integer must be whole numbers")
        }
        guard let step = entry.step else { return .integer(lower: lower, upper: upper, scale: scale) }
        guard case .integer(let step) = step else { throw refuse("the step of an integer must be a whole number") }
        // All whole numbers, as without a step.
        if step == 1 { return .integer(lower: lower, upper: upper, scale: scale) }
        guard scale == .linear else { throw refuse("a logarithmic scale has no step") }
        return .steppedInteger(lower: lower, upper: upper, step: step)
    }

    private static func bounds(
        _ entry: Entry, _ refuse: (String) -> OptimizerError
    ) throws(OptimizerError) -> (lower: ParameterValue, upper: ParameterValue) {
        guard let lower = entry.lower, let upper = entry.upper else {
            throw refuse("it needs a lower and an upper bound")
        }
        return (lower, upper)
    }

    /// Writes a parameter.
    public func encode(to encoder: any Encoder) throws {
        func entry(
            _ kind: Kind, _ bounds: (lower: ParameterValue, upper: ParameterValue)? = nil, step: ParameterValue? = nil,
            scale: Scale? = nil, values: [Double]? = nil, choices: [String]? = nil
        ) -> Entry {
            Entry(
                name: name, type: kind.rawValue, lower: bounds?.lower, upper: bounds?.upper, step: step,
                scale: scale?.rawValue, values: values, choices: choices)
        }
        let written =
            switch domain {
            case .real(let lower, let upper, let scale): entry(.real, (.real(lower), .real(upper)), scale: scale)
            case .integer(let lower, let upper, let scale):
                entry(.integer, (.integer(lower), .integer(upper)), scale: scale)
            case .steppedReal(let lower, let upper, let step):
                entry(.real, (.real(lower), .real(upper)), step: .real(step), scale: .linear)
            case .steppedInteger(let lower, let upper, let step):
                entry(.integer, (.integer(lower), .integer(upper)), step: .integer(step), scale: .linear)
            case .ordinal(let values): entry(.ordinal, values: values)
            case .categorical(let choices): entry(.categorical, choices: choices)
            }
        try written.encode(to: encoder)
    }
}

extension Decoder {
    /// Refuses an object with unknown members, which may be misspelt.
    ///
    /// - Throws: ``OptimizerError/unknownMember(name:advice:)`` with the first of them in alphabetical order.
    package func refuseMembers(otherThan known: KnownWords) throws {
        let names = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let unknown = names.filter({ !known.words.contains($0) }).min() {
            throw OptimizerError.unknownMember(name: unknown, advice: known.advice(for: unknown))
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
