/// The value of a parameter.
///
/// In JSON it is a number or a string.
public enum ParameterValue: Sendable, Hashable {
    /// The value of a real or an ordinal parameter.
    case real(Double)

    /// The value of an integer parameter.
    case integer(Int)

    /// The value of a categorical parameter.
    case choice(String)

    /// The value as a number; `nil` for a choice.
    public var number: Double? {
        switch self {
        case .real(let number): number
        case .integer(let number): Double(number)
        case .choice: nil
        }
    }
}

extension ParameterValue: CustomStringConvertible {
    /// The value as text.
    public var description: String {
        switch self {
        case .real(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .choice(let value): value
        }
    }
}

extension ParameterValue: Codable {
    /// Reads a whole number as an integer, any other number as a real one, and a string as a choice.
    ///
    /// - Throws: `DecodingError` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let choice = try? container.decode(String.self) {
            self = .choice(choice)
        } else if let number = try? container.decode(Int.self) {
            // Without a detour over floating point, which does not have all of them.
            self = .integer(number)
        } else {
            let number = try container.decode(Double.self)
            self = Int(exactly: number).map { .integer($0) } ?? .real(number)
        }
    }

    /// Writes a number or a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .real(let number): try container.encode(number)
        case .integer(let number): try container.encode(number)
        case .choice(let choice): try container.encode(choice)
        }
    }
}
