/// Why a file or a folder could not be used.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// The path, as it was given.
    package let path: String

    /// What was tried, as a participle: read, written, created, locked, used.
    package let action: String

    /// The reason, as a clause: the system's words where the system refused.
    package let reason: String

    /// A file that something is wrong with.
    package init(_ path: String, doing action: String, reason: String) {
        self.path = path
        self.action = action
        self.reason = path.isEmpty ? "it names no file" : reason
    }

    /// A file that the system refused, with advice where there is some.
    package init(_ path: String, doing action: String, _ error: SystemError) {
        let advice =
            switch error.code {
            case ENOSPC, EDQUOT: "; make room"
            case ENOENT where action == "written": "; create its folder"
            default: ""
            }
        self.init(path, doing: action, reason: "\(error)\(advice)")
    }

    /// What went wrong, in one line.
    package var description: String { "\(path.isEmpty ? "an empty path" : path) can't be \(action): \(reason)" }
}

/// Does something with a file; an error of the system becomes one that names the file.
func naming<Result>(
    _ path: String, doing action: String, _ body: () throws(SystemError) -> Result
) throws(FileError) -> Result {
    do throws(SystemError) { return try body() } catch { throw FileError(path, doing: action, error) }
}
