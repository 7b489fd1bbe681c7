import Synchronization

/// A file to which lines are appended.
package final class LineFile: Sendable {
    /// The path, as it was given.
    package let path: String

    /// The open file; `nil` before the first line of a regular file.
    private let file: Mutex<Descriptor?>

    /// Checks that the file can be written, without changing it.
    ///
    /// The first line replaces an old file.
    ///
    /// - Throws: ``FileError``, as ``OutputFile``.
    package init(_ path: String) throws(FileError) {
        self.path = path
        file = Mutex(try FileTarget.openStream(path))
    }

    /// Appends a line, which is in the file when this returns.
    ///
    /// - Parameter line: A text without a newline.
    /// - Throws: ``FileError``.
    package func append(_ line: String) throws(FileError) {
        let bytes = Array("\(line)\n".utf8)
        try naming(path, doing: "written") { () throws(SystemError) in
            try file.withLock { file throws(SystemError) in
                if let file { try file.write(bytes) } else { file = try FileTarget(path).replace(with: bytes) }
            }
        }
    }
}
