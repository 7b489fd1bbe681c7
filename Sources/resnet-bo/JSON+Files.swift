import JSON
import Platform

extension JSON {
    /// Reads a value from a JSON file.
    ///
    /// - Throws: ``FileError``, also for a file with other contents.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws(FileError) -> Value {
        try JSONFile(path).read(type)
    }
}

/// A JSON file that was read and parsed, or standard input in its place.
struct JSONFile {
    /// The file in messages.
    let name: String

    /// The contents.
    let document: JSONDocument

    /// Reads a file; `-` is standard input.
    ///
    /// - Throws: ``FileError``, also for a file that is not JSON.
    init(_ path: String, allowsStandardInput: Bool = false) throws(FileError) {
        let isStandardInput = allowsStandardInput && path == "-"
        name = isStandardInput ? "standard input" : path
        let bytes = isStandardInput ? try InputFile.readStandardInput() : try InputFile.read(path)
        do throws(JSONError) {
            document = try JSONDocument(bytes)
        } catch {
            throw FileError(name, doing: "used", reason: error.problem)
        }
    }

    /// The value of the file.
    ///
    /// - Parameter entries: What the elements of some lists are called, as in ``JSONDocument/decode(_:entries:)``.
    /// - Throws: ``FileError`` for other contents.
    func read<Value: Decodable>(_ type: Value.Type, entries: [String: String] = [:]) throws(FileError) -> Value {
        do throws(JSONError) {
            return try document.decode(type, entries: entries)
        } catch {
            throw FileError(name, doing: "used", reason: ObservationMessage.text(error))
        }
    }
}
