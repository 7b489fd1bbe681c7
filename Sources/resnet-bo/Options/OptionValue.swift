import ArgumentParser
import Training

/// Transforms for the values of options, whose messages name the allowed values.
///
/// The help of an option with a `transform` says its default itself.
enum OptionValue {
    /// Transforms to a whole number within a range.
    static func wholeNumber<Number: FixedWidthInteger & Sendable>(
        _ range: ClosedRange<Number>
    ) -> @Sendable (_ text: String) throws -> Number {
        { text in
            guard let number = Number(text), range.contains(number) else {
                throw ValidationError("it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// Transforms to a finite number with a requirement.
    ///
    /// - Parameter requirement: The requirement in words, as in "it must be a number above 0".
    static func number(
        _ requirement: String, where holds: @escaping @Sendable (Double) -> Bool
    ) -> @Sendable (_ text: String) throws -> Double {
        { text in
            guard let number = Double(text), number.isFinite, holds(number) else {
                throw ValidationError("it must be \(requirement)")
            }
            return number
        }
    }

    /// Transforms to the value of a hyperparameter.
    static func hyperparameter(_ row: Hyperparameter) -> @Sendable (_ text: String) throws -> Double {
        number(row.domain.requirement, where: row.domain.allows)
    }

    /// Transforms to a learning rate.
    static let learningRate = hyperparameter(.learningRate)

    /// Transforms to the name of a file, a folder or a device, which is not empty.
    @Sendable static func name(_ text: String) throws -> String {
        guard !text.isEmpty else { throw ValidationError("it must not be empty") }
        return text
    }
}
