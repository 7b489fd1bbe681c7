package import Foundation

/// A temporary folder, which is removed with this object.
package final class TemporaryFolder: Sendable {
    /// The path, without symbolic links: tools print it in this form.
    package let path: String

    package var url: URL { URL(filePath: path, directoryHint: .isDirectory) }

    package init() throws {
        path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "resnet-bo-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file in the folder.
    package func path(_ file: String) -> String { "\(path)/\(file)" }

    /// The names in the folder, including hidden files.
    package func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    package func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }

    /// Writes a file without the code under test, and returns its path.
    @discardableResult
    package func write(_ text: String, to file: String) throws -> String { try write(Array(text.utf8), to: file) }

    /// Writes a file of bytes without the code under test, and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to file: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(file)))
        return path(file)
    }

    package func permissions(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(file))[.posixPermissions] as? Int
    }
}
