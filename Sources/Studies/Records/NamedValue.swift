package import BayesianOptimization

/// The value of a hyperparameter, by its name.
///
/// A list of them holds all hyperparameters of a trial, searched and fixed, in the order in which people see them.
package struct NamedValue: Sendable, Hashable {
    /// The name, as records have it: `learning_rate`.
    package let name: String

    /// The value.
    package var value: ParameterValue

    /// A value with its name.
    package init(_ name: String, _ value: ParameterValue) {
        self.name = name
        self.value = value
    }

    /// The name for people: `learning rate`.
    package var label: String { Self.label(of: name) }

    /// A name for people.
    package static func label(of name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}

extension [NamedValue] {
    /// The value of a name; none where the list has no such name.
    package subscript(name: String) -> ParameterValue? { first { $0.name == name }?.value }

    /// The same list with other values for some names.
    ///
    /// A number becomes one of the kind that this list has: 1 where that is whole, and otherwise 1.0.
    func replacing(_ values: [String: ParameterValue]) -> [NamedValue] {
        map { old in
            guard let new = values[old.name] else { return old }
            switch (old.value, new) {
            case (.real, .integer(let number)): return NamedValue(old.name, .real(Double(number)))
            case (.integer, .real(let number)):
                return NamedValue(old.name, Int(exactly: number).map { .integer($0) } ?? new)
            default: return NamedValue(old.name, new)
            }
        }
    }

    /// The values of the parameters of a space, by their names.
    func values(in space: ParameterSpace) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: filter { space[$0.name] != nil }.map { ($0.name, $0.value) })
    }
}
