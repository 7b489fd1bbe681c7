import Glibc

/// Why a file could not be written.
package struct StorageError: Error, Equatable, CustomStringConvertible {
    /// The path of the file.
    package let path: String

    /// The error number of the operating system.
    package let code: Int32

    /// The failure of a system call on a file.
    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "make room"
            case ENOENT, ENOTDIR: "create its folder"
            case EISDIR: "move the folder of that name out of the way"
            default: "choose another folder"
            }
        return "can't write \(path): \(String(cString: strerror(code))); \(advice) and try again (a file that was "
            + "there before is unchanged)"
    }
}
