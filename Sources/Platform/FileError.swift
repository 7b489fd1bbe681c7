/// A failure to use a file or a folder.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// The path, as it was given.
    package let path: String

    /// The attempted action, as a participle: read, written, created, locked, used.
    package let action: String

    /// The reason, as a clause; the message of the system for a system call.
    package let reason: String

    /// Creates an error with a reason.
    package init(_ path: String, doing action: String, reason: String) {
        self.path = path
        self.action = action
        self.reason = path.isEmpty ? "it names no file" : reason
    }

    /// Creates an error from one of the system, with advice for some of them.
    package init(_ path: String, doing action: String, _ error: SystemError) {
        let advice =
            switch error.code {
            case ENOSPC, EDQUOT: "; free some space"
            case ENOENT where action == "written": "; create its folder"
            default: ""
            }
        self.init(path, doing: action, reason: "\(error)\(advice)")
    }

    /// The error as one line of text.
    package var description: String { "\(path.isEmpty ? "an empty path" : path) can't be \(action): \(reason)" }
}

/// Does something with a file; an error of the system becomes one that names the file.
func naming<Result>(
    _ path: String, doing action: String, _ body: () throws(SystemError) -> Result
) throws(FileError) -> Result {
    do throws(SystemError) { return try body() } catch { throw FileError(path, doing: action, error) }
}
