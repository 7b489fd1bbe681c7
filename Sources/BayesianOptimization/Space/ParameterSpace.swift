/// The parameters that are searched together.
public struct ParameterSpace: Sendable, Equatable {
    /// The parameters, in the order in which they were given.
    public let parameters: [Parameter]

    let axes: [Axis]

    /// Creates a space.
    ///
    /// - Throws: ``OptimizerError/invalidSpace(reason:)`` without parameters and for repeated names.
    public init(_ parameters: [Parameter]) throws(OptimizerError) {
        if parameters.isEmpty { throw .invalidSpace(reason: "there are no parameters") }
        var names: Set<String> = []
        for parameter in parameters where !names.insert(parameter.name).inserted {
            throw .invalidSpace(reason: "two parameters are named \(parameter.name)")
        }
        self.parameters = parameters
        axes = parameters.map { Axis($0) }
    }

    /// The parameter of a name; `nil` if there is none.
    public subscript(name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// Throws unless a point is in the space.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for missing, unknown and invalid values.
    public func check(_ values: [String: ParameterValue]) throws(OptimizerError) {
        _ = try positions(of: values)
    }

    /// The positions of a point on the scales of the axes, from the values by name.
    ///
    /// - Parameter allowsOutside: Whether numbers outside of the bounds are accepted.
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for missing, unknown and invalid values.
    func positions(
        of values: [String: ParameterValue], allowsOutside: Bool = false
    ) throws(OptimizerError) -> [Double] {
        var positions: [Double] = []
        for axis in axes {
            guard let value = values[axis.name] else {
                throw .invalidValue(name: axis.name, value: "missing", requirement: "given")
            }
            positions.append(try axis.position(of: value, allowsOutside: allowsOutside))
        }
        if values.count != axes.count {
            let names = Set(parameters.map(\.name))
            let unknown = values.keys.filter { !names.contains($0) }.sorted().joined(separator: ", ")
            throw .invalidValue(name: unknown, value: "given", requirement: "left out: there is no such parameter")
        }
        return positions
    }

    /// The values at some coordinates, by name.
    func values(at coordinates: [Double]) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: zip(axes, coordinates).map { ($0.name, $0.value(at: $1)) })
    }

    /// A point with every value in its canonical form: `real` for a real or ordinal parameter.
    func canonical(_ values: [String: ParameterValue]) -> [String: ParameterValue] {
        axes.reduce(into: values) { $0[$1.name] = $0[$1.name].map($1.canonical) }
    }
}

/// In JSON: `{"parameters":[...]}`.
extension ParameterSpace: Codable {
    private enum CodingKeys: CodingKey { case parameters }

    /// Reads a space.
    ///
    /// - Throws: `DecodingError` for members of another kind, and ``OptimizerError`` for an invalid space and for
    ///   unknown members.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: ["parameters"])
        try self.init(decoder.container(keyedBy: CodingKeys.self).decode([Parameter].self, forKey: .parameters))
    }
}
