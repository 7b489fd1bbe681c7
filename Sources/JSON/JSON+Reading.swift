import FoundationEssentials

extension JSON {
    /// Reads a value from the contents of a file.
    ///
    /// Names are taken as they are spelled: a member `learningRate` that a file calls `learning_rate` needs a coding key
    /// of that name.
    ///
    /// - Throws: ``JSONError``, also for an object that has a name twice.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: [UInt8]
    ) throws(JSONError) -> Value {
        let value: Value
        do {
            value = try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw JSONError(problem: problem(of: error))
        }
        if let name = repeatedName(in: bytes) { throw JSONError(problem: "\(name) is there twice in one object") }
        return value
    }

    /// What does not fit, in one clause.
    private static func problem(of error: any Error) -> String {
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

    /// The first name, in its quotation marks, that an object of a sound text has twice.
    private static func repeatedName(in text: [UInt8]) -> String? {
        var objects: [Set<String>] = []
        var string = text[..<0]
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): objects.append([])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): objects.removeLast()
            case UInt8(ascii: "\""):
                let start = index
                repeat { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 } while text[index] != UInt8(ascii: "\"")
                string = text[start...index]
            case UInt8(ascii: ":"):
                // Two ways to escape a name are one name.
                let name = (try? JSONDecoder().decode(String.self, from: Data(string))) ?? ""
                guard objects[objects.count - 1].insert(name).inserted else { return "\"\(name)\"" }
            default: break
            }
            index += 1
        }
        return nil
    }
}

/// Why a text could not be read as JSON of the expected form.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as a clause without the name of the file.
    package let problem: String

    /// A problem.
    package init(problem: String) {
        self.problem = problem
    }

    /// What is wrong, as a clause without the name of the file.
    package var description: String { problem }
}
