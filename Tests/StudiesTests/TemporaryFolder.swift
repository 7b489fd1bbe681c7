import Foundation

/// A temporary folder, which is removed with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "StudiesTests-\(UUID().uuidString)").path
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
}
