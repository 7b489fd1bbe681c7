/// A file that is replaced as a whole, or not at all.
///
/// New contents go into a temporary file beside it, which is then renamed: whoever reads the file, and whatever happens
/// meanwhile (a full disk, a crash), finds either the old contents or the new ones. Symbolic links are followed, and
/// permissions are kept. What is no regular file (a pipe, a terminal, `/dev/stdout`) is opened once and written in place.
package final class OutputFile: Sendable {
    /// The path, as it was given.
    package let path: String

    /// What is no regular file.
    private let stream: Descriptor?

    /// Checks that the file can be written, without touching it; to be called before long work.
    ///
    /// - Throws: ``FileError`` for an empty path, a folder that is missing or can't be written to, a folder of the file's
    ///   name, a file without permission.
    package init(_ path: String) throws(FileError) {
        self.path = path
        stream = try FileTarget.openStream(path)
    }

    /// Replaces the contents by bytes; a pipe gets those of every call.
    ///
    /// - Throws: ``FileError``; then a regular file is as it was.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        try naming(path, doing: "written") { () throws(SystemError) in
            if let stream { try stream.write(bytes) } else { _ = try FileTarget(path).replace(with: bytes) }
        }
    }

    /// Replaces the contents by a text; a pipe gets those of every call.
    ///
    /// - Throws: ``FileError``; then a regular file is as it was.
    package func write(_ text: String) throws(FileError) {
        try write(Array(text.utf8))
    }
}
