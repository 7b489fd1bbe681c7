import ArgumentParser
import Training

/// Options of numbers, whose values may begin with a dash.
extension Option {
    /// Creates an option with a default, which the help states.
    ///
    /// - Parameter read: One of the functions of ``OptionValue``.
    init(wrappedValue: Value, _ help: String, _ read: @escaping @Sendable (String) throws -> Value) {
        self.init(
            wrappedValue: wrappedValue, parsing: .unconditional, help: "\(help) (default: \(wrappedValue))",
            transform: read)
    }

    /// Creates an option without a default.
    ///
    /// - Parameters:
    ///   - name: The name of the option; that of the property by default.
    ///   - read: One of the functions of ``OptionValue``.
    init<Number>(
        name: NameSpecification = .long, _ help: String, _ read: @escaping @Sendable (String) throws -> Number
    ) where Value == Number? {
        self.init(name: name, parsing: .unconditional, help: ArgumentHelp(help), transform: read)
    }

    /// Creates the option of a hyperparameter, with the default of the table.
    init(_ row: Hyperparameter) where Value == Double {
        self.init(
            wrappedValue: row.defaultValue, parsing: .unconditional,
            help: "\(row.help) (default: \(row.value(row.defaultValue)))",
            transform: OptionValue.hyperparameter(row))
    }
}
