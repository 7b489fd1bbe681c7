import FoundationEssentials

extension JSON {
    /// Reads a value from a file.
    ///
    /// Names in snake case are read into members in camel case.
    ///
    /// - Throws: ``JSONFileError``.
    package static func read<Value: Decodable>(_ type: Value.Type, from file: String) throws(JSONFileError) -> Value {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw JSONFileError(file: file, problem: "it can't be read: \(Self.reason(of: error))")
        }
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: data)
        } catch {
            throw JSONFileError(file: file, problem: Self.problem(of: error))
        }
    }

    /// Why the system did not give a file's contents.
    private static func reason(of error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile?, .fileNoSuchFile?: "there is no such file"
        case .fileReadNoPermission?: "it is not permitted"
        default: "it is not a readable file"
        }
    }

    /// What does not fit, in one clause.
    ///
    /// - Parameter error: What a JSON decoder threw.
    package static func problem(of error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ last: [any CodingKey] = []) -> String {
            let path = (context.codingPath + last).reduce(into: "") { path, key in
                path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? key.stringValue : ".\(key.stringValue)")
            }
            return path.isEmpty ? "" : " at \(path)"
        }
        return switch error as? DecodingError {
        // Types that decode themselves throw errors of their own.
        case nil: "\(error)"
        case .typeMismatch(let type, let context)?: "there is no \(Self.name(of: type))\(place(context))"
        case .valueNotFound(let type, let context)?: "there is null and no \(Self.name(of: type))\(place(context))"
        case .keyNotFound(let key, let context)?: "nothing is there\(place(context, [key]))"
        case .dataCorrupted(let context)? where !context.codingPath.isEmpty:
            "the value is impossible\(place(context))"
        default: "it is not JSON"
        }
    }

    /// What people call a type.
    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is any BinaryFloatingPoint.Type: "number"
        case is any BinaryInteger.Type: "whole number"
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is [String: Any].Type: "object"
        case is any Collection.Type: "list"
        default: "object"
        }
    }
}

/// Why a file could not be read as JSON.
package struct JSONFileError: Error, Equatable, CustomStringConvertible {
    /// The path of the file.
    package let file: String

    /// What is wrong with it, as a clause.
    package let problem: String

    /// A problem with a file.
    package init(file: String, problem: String) {
        self.file = file
        self.problem = problem
    }

    /// What went wrong, in one line.
    package var description: String { "\(file) is not usable: \(problem)" }
}
