/// A file that is replaced atomically.
///
/// New contents go into a temporary file beside it, which is then renamed. So a reader finds either the old contents or
/// the new ones, also after a full disk or a crash. Symbolic links are followed, and permissions are kept. A file that
/// is not regular (a pipe, a terminal, `/dev/stdout`) is opened once and written in place.
package final class OutputFile: Sendable {
    /// The path, as it was given.
    package let path: String

    /// The open file, if it is not regular.
    private let stream: Descriptor?

    /// Checks that the file can be written, without changing it; call it before long work.
    ///
    /// - Throws: ``FileError`` for an empty path, a folder that is missing or not writable, a path of a folder, and a
    ///   file without permission.
    package init(_ path: String) throws(FileError) {
        self.path = path
        stream = try FileTarget.openStream(path)
    }

    /// Replaces the contents by bytes; a pipe receives those of every call.
    ///
    /// - Throws: ``FileError``; then a regular file is as it was.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        try naming(path, doing: "written") { () throws(SystemError) in
            if let stream { try stream.write(bytes) } else { _ = try FileTarget(path).replace(with: bytes) }
        }
    }

    /// Removes the file, if there is one and it is regular.
    ///
    /// - Throws: ``FileError``.
    package func remove() throws(FileError) {
        guard stream == nil else { return }
        try naming(path, doing: "removed") { () throws(SystemError) in try FileTarget(path).remove() }
    }

    /// Replaces the contents by a text; a pipe receives those of every call.
    ///
    /// - Throws: ``FileError``; then a regular file is as it was.
    package func write(_ text: String) throws(FileError) {
        try write(Array(text.utf8))
    }
}
