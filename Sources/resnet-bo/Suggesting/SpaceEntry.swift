import BayesianOptimization
import JSON
import Platform

/// A search space as JSON: `{"parameters":[{"name":"x","type":"real","lower":0.001,"upper":0.9,"scale":"log"}, ...]}`.
struct SpaceEntry: Decodable {
    struct ParameterEntry: Decodable {
        enum Kind: String, Decodable { case real, integer, categorical }

        var name: String
        var type: Kind
        var lower: Double?
        var upper: Double?
        var scale: String?
        var choices: [String]?
    }

    var parameters: [ParameterEntry]

    /// Reads a space from a file.
    static func read(_ file: String) throws -> ParameterSpace {
        let entry = try JSON.read(Self.self, from: file)
        do throws(OptimizerError) {
            var parameters: [Parameter] = []
            for parameter in entry.parameters { parameters.append(try parameter.parameter()) }
            return try ParameterSpace(parameters)
        } catch {
            throw FileError(file, doing: "used", reason: "\(error)")
        }
    }
}

extension SpaceEntry.ParameterEntry {
    /// The parameter that is meant.
    func parameter() throws(OptimizerError) -> Parameter {
        func refuse(_ reason: String) -> OptimizerError { .invalidParameter(name: name, reason: reason) }
        if type == .categorical {
            guard let choices else { throw refuse("a categorical parameter needs choices") }
            guard lower == nil, upper == nil, scale == nil else { throw refuse("choices have no bounds and no scale") }
            return try Parameter(name, .categorical(choices: choices))
        }
        guard let lower, let upper else { throw refuse("it needs a lower and an upper bound") }
        guard choices == nil else { throw refuse("a number has no choices") }
        guard let scale = Parameter.Scale(rawValue: scale ?? "linear") else {
            throw refuse("there is no scale '\(scale ?? "")', but linear and log")
        }
        guard type == .integer else { return try Parameter(name, .real(lower: lower, upper: upper, scale: scale)) }
        guard let low = Int(exactly: lower), let high = Int(exactly: upper) else {
            throw refuse("the bounds of an integer must be whole numbers")
        }
        return try Parameter(name, .integer(lower: low, upper: high, scale: scale))
    }
}
