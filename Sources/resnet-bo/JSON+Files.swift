import JSON
import Platform

extension JSON {
    /// Reads a value from a JSON file.
    ///
    /// - Throws: ``FileError``, also for a file with other contents.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws(FileError) -> Value {
        let bytes = try InputFile.read(path)
        do throws(JSONError) {
            return try decode(type, from: bytes)
        } catch {
            throw FileError(path, doing: "used", reason: error.problem)
        }
    }
}
