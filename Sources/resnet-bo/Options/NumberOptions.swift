import ArgumentParser
import Training

/// Options of numbers, whose values may begin with a dash.
extension Option {
    /// A number; its default stands in the help.
    ///
    /// - Parameter read: One of the functions of ``OptionValue``.
    init(wrappedValue: Value, _ help: String, _ read: @escaping @Sendable (String) throws -> Value) {
        self.init(
            wrappedValue: wrappedValue, parsing: .unconditional, help: "\(help) (default: \(wrappedValue))",
            transform: read)
    }

    /// A number that need not be given.
    ///
    /// - Parameter read: One of the functions of ``OptionValue``.
    init<Number>(_ help: String, _ read: @escaping @Sendable (String) throws -> Number) where Value == Number? {
        self.init(parsing: .unconditional, help: ArgumentHelp(help), transform: read)
    }

    /// The value of a hyperparameter; the default is that of the table.
    init(_ row: Hyperparameter) where Value == Double {
        self.init(
            wrappedValue: row.defaultValue, parsing: .unconditional,
            help: "\(row.help) (default: \(row.value(row.defaultValue)))",
            transform: OptionValue.hyperparameter(row))
    }
}
