import Foundation

/// A temporary folder, which is removed with this object.
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

    /// The names in the folder, including hidden files.
    func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }

    /// Writes a file without the code under test.
    func write(_ text: String, to file: String) throws {
        try text.write(toFile: path(file), atomically: false, encoding: .utf8)
    }

    func permissions(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(file))[.posixPermissions] as? Int
    }
}

/// The messages of the system.
func words(_ code: Int32) -> String { String(cString: strerror(code)) }
