import Platform

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

    /// The number of points; `nil` with a real parameter, and if there are more than an integer can hold.
    var pointCount: Int? {
        axes.reduce(1) { (product: Int?, axis) in
            guard let product, let count = axis.levelCount else { return nil }
            let (result, overflow) = product.multipliedReportingOverflow(by: count)
            return overflow ? nil : result
        }
    }

    /// Throws unless a point is in the space, or outside by rounding only.
    ///
    /// A number counts as inside up to 10⁻⁶ of the distance between the bounds, measured on the scale of the parameter, and
    /// if it is a bound after single precision or as a text with at least six significant digits.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)``, ``OptimizerError/missingValue(name:)`` and
    ///   ``OptimizerError/unknownParameter(name:advice:)``.
    public func check(_ values: [String: ParameterValue]) throws(OptimizerError) {
        _ = try positions(of: values, outside: .refused)
    }

    /// The positions of a point on the scales of the axes, and whether it is in the space, from the values by name.
    ///
    /// - Throws: The errors of ``check(_:)``, unless numbers outside of the bounds are accepted.
    func positions(
        of values: [String: ParameterValue], outside: Axis.Outside
    ) throws(OptimizerError) -> (positions: [Double], isInside: Bool) {
        var positions: [Double] = []
        var isInside = true
        var missing: String?
        for axis in axes {
            guard let value = values[axis.name] else {
                missing = missing ?? axis.name
                continue
            }
            let place = try axis.position(of: value, outside: outside)
            positions.append(place.position)
            isInside = isInside && place.isInside
        }
        // The name of a value that is missing may be misspelt, so an unknown one is the better message.
        if missing != nil || values.count != axes.count,
            let unknown = values.keys.filter({ self[$0] == nil }).min()
        {
            throw .unknownParameter(name: unknown, advice: KnownWords(parameters.map(\.name)).advice(for: unknown))
        }
        if let missing { throw .missingValue(name: missing) }
        return (positions, isInside)
    }

    /// Whether two points differ at most by rounding.
    func isSame(_ told: [String: ParameterValue], as exact: [String: ParameterValue]) -> Bool {
        axes.allSatisfy { axis in
            guard let told = told[axis.name], let exact = exact[axis.name] else { return false }
            return axis.isSame(told, as: exact)
        }
    }

    /// The greatest distance of two points along an axis, in units of its range; choices do not count.
    func distance(_ first: [String: ParameterValue], _ second: [String: ParameterValue]) -> Double {
        axes.reduce(0) { greatest, axis in
            guard let one = first[axis.name], let other = second[axis.name] else { return greatest }
            return max(greatest, axis.distance(one, other))
        }
    }

    /// The values at some coordinates, by name.
    func values(at coordinates: [Double]) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: zip(axes, coordinates).map { ($0.name, $0.value(at: $1)) })
    }

    /// The value of each parameter at uniform numbers from 0 to 1, by name.
    ///
    /// Numbers follow the scale of the parameter, and every value of a discrete one has the same share.
    package func values(atUniform numbers: [Double]) -> [String: ParameterValue] {
        values(at: zip(axes, numbers).map { $0.coordinate(uniform: $1) })
    }

    /// The place of a value between the bounds of its parameter, from 0 to 1 on its scale; the middle of its share for a
    /// choice.
    ///
    /// - Returns: `nil` for a parameter that the space does not have, and for a value of another kind.
    package func fraction(of value: ParameterValue, of name: String) -> Double? {
        guard let axis = axes.first(where: { $0.name == name }),
            let position = try? axis.position(of: value, outside: .accepted).position
        else { return nil }
        let coordinate = axis.coordinate(at: position)
        return axis.isCategorical ? (coordinate + 0.5) / Double(axis.levelCount ?? 1) : coordinate
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
        try decoder.refuseMembers(
            otherThan: KnownWords(["parameters"], synonyms: ["params": "parameters", "dimensions": "parameters"]))
        try self.init(decoder.container(keyedBy: CodingKeys.self).decode([Parameter].self, forKey: .parameters))
    }
}
