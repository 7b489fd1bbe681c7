package import BayesianOptimization

/// The value of a hyperparameter with its name.
///
/// A list of them holds all hyperparameters of a trial, searched and fixed, in the order of display.
package struct NamedValue: Sendable, Hashable {
    /// The name in records, such as `learning_rate`.
    package let name: String

    /// The value.
    package var value: ParameterValue

    /// Creates a value with a name.
    package init(_ name: String, _ value: ParameterValue) {
        self.name = name
        self.value = value
    }

    /// The name for display, such as `learning rate`.
    package var label: String { Self.label(of: name) }

    /// A name for display.
    package static func label(of name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}

extension [NamedValue] {
    /// The value with a name; `nil` if there is none.
    package subscript(name: String) -> ParameterValue? { first { $0.name == name }?.value }

    /// The same list with new values for some names.
    ///
    /// A new number gets the type of the old value: `integer` or `real`.
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

    /// All values, by their names.
    var byName: [String: ParameterValue] { Dictionary(map { ($0.name, $0.value) }) { $1 } }

    /// The values of the parameters of a space, by their names.
    func values(in space: ParameterSpace) -> [String: ParameterValue] {
        Dictionary(uniqueKeysWithValues: filter { space[$0.name] != nil }.map { ($0.name, $0.value) })
    }
}
