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
    /// Where this list has a whole number, a number without a fraction becomes one.
    func replacing(_ values: [String: ParameterValue]) -> [NamedValue] {
        map { old in
            switch (old.value, values[old.name]) {
            case (_, nil): old
            case (.integer, .real(let number)?): NamedValue(old.name, Int(exactly: number).map { .integer($0) } ?? .real(number))
            case (_, let value?): NamedValue(old.name, value)
            }
        }
    }

    /// The values of the parameters of a space, by their names.
    func values(in space: ParameterSpace) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: filter { space[$0.name] != nil }.map { ($0.name, $0.value) })
    }
}
