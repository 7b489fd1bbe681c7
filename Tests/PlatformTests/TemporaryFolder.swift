import Foundation

/// A folder of its own, removed with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "PlatformTests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file in the folder.
    func path(_ file: String) -> String { "\(path)/\(file)" }

    /// What the folder holds, hidden files as well.
    func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }

    /// Writes a file, not by the code that is tested.
    func write(_ text: String, to file: String) throws {
        try text.write(toFile: path(file), atomically: false, encoding: .utf8)
    }

    func permissions(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(file))[.posixPermissions] as? Int
    }
}

/// The reasons that the system has.
func words(_ code: Int32) -> String { String(cString: strerror(code)) }
