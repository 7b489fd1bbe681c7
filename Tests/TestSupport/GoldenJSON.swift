package import Foundation

/// The JSON files of expected results, in the folder `Golden` of a test target.
package enum GoldenJSON {
    private struct Cases<Case: Decodable>: Decodable { var cases: [Case] }

    /// The cases of a file.
    package static func cases<Case: Decodable>(_ file: String, in bundle: Bundle) -> [Case] {
        (read(file, in: bundle) as Cases<Case>).cases
    }

    /// The contents of a file, whose names are in snake case.
    ///
    /// A missing file ends the tests: the cases are arguments of tests, which can't throw.
    package static func read<Value: Decodable>(_ file: String, in bundle: Bundle) -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(
                Value.self, from: Data(contentsOf: bundle.bundleURL.appending(path: "Golden/\(file)")))
        } catch {
            fatalError("the golden file \(file) can't be read: \(error)")
        }
    }
}
