/// The parameters that are chosen together.
public struct ParameterSpace: Sendable {
    /// The parameters, in the order in which they were given.
    public let parameters: [Parameter]

    let axes: [Axis]

    /// A space of parameters.
    ///
    /// - Throws: ``OptimizerError/invalidSpaceOfParameters(reason:)`` without parameters and for repeated names.
    public init(_ parameters: [Parameter]) throws(OptimizerError) {
        if parameters.isEmpty { throw .invalidSpaceOfParameters(reason: "there are no parameters") }
        var names: Set<String> = []
        for parameter in parameters where !names.insert(parameter.name).inserted {
            throw .invalidSpaceOfParameters(reason: "the parameter \(parameter.name) is there twice")
        }
        self.parameters = parameters
        axes = parameters.map { Axis(parameter: $0) }
    }

    /// Throws unless a point is in the space.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for missing, unknown and impossible values.
    public func check(_ values: [String: ParameterValue]) throws(OptimizerError) {
        _ = try coordinates(of: values)
    }

    /// The axis of each feature of the surrogate.
    var featureAxes: [Int] {
        axes.enumerated().flatMap { index, axis in Array(repeating: index, count: axis.featureCount) }
    }

    /// The coordinates of a point, one an axis, from the values by name.
    ///
    /// - Throws: ``OptimizerError/invalidValue(name:value:requirement:)`` for missing, unknown and impossible values.
    func coordinates(of values: [String: ParameterValue]) throws(OptimizerError) -> [Double] {
        var coordinates: [Double] = []
        for axis in axes {
            guard let value = values[axis.parameter.name] else {
                throw .invalidValue(name: axis.parameter.name, value: "missing", requirement: "given")
            }
            coordinates.append(try axis.coordinate(of: value))
        }
        if values.count != axes.count {
            let names = Set(parameters.map(\.name))
            let unknown = values.keys.filter { !names.contains($0) }.sorted().joined(separator: ", ")
            throw .invalidValue(name: unknown, value: "given", requirement: "left out: there is no such parameter")
        }
        return coordinates
    }

    /// The values at some coordinates, by name.
    func values(at coordinates: [Double]) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: zip(axes, coordinates).map { ($0.parameter.name, $0.value(at: $1)) })
    }

    /// What the surrogate sees of a point.
    func features(at coordinates: [Double]) -> [Double] {
        var features: [Double] = []
        features.reserveCapacity(coordinates.count)
        for (axis, coordinate) in zip(axes, coordinates) { axis.appendFeatures(at: coordinate, to: &features) }
        return features
    }
}
