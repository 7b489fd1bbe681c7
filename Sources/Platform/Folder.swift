/// Creates and lists folders.
package enum Folder {
    /// The names in a folder, in no order; bytes that are not UTF-8 are replaced.
    ///
    /// - Throws: ``FileError``.
    package static func contents(_ path: String) throws(FileError) -> [String] {
        try naming(path, doing: "read") { () throws(SystemError) in
            let folder = try Descriptor { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            return folder.names.map { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        }
    }

    /// Whether a path exists and is a folder.
    ///
    /// - Throws: ``FileError`` if the system can't determine it: a part of the path is not a folder, or not searchable.
    package static func isThere(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
        guard errno == ENOENT else { throw FileError(path, doing: "read", .last) }
        return false
    }

    /// Creates a folder and its missing parents.
    ///
    /// - Throws: ``FileError``, also for an empty path.
    package static func make(_ path: String) throws(FileError) {
        try naming(path, doing: "created") { () throws(SystemError) in
            let bytes = Array(path.utf8CString.dropLast())
            let slash = CChar(UInt8(ascii: "/"))
            for end in bytes.indices.dropFirst() where bytes[end] == slash && bytes[end - 1] != slash {
                // Errors are ignored here: the last call finds out whether the path exists.
                mkdir(Array(bytes[..<end]) + [0], 0o777)
            }
            do throws(SystemError) {
                try check { mkdir(path, 0o777) }
            } catch {
                var status = stat()
                guard error.code == EEXIST, stat(path, &status) == 0 else { throw error }
                guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(code: ENOTDIR) }
            }
        }
    }
}

/// An exclusive lock of a folder for one process, which lasts as long as this object.
///
/// The lock is the system's, on the folder itself: it leaves no file behind, and ends with the process. Two names of
/// one folder share a lock. On a file system without locks there is none.
package final class FolderLock: Sendable {
    private let folder: Descriptor

    /// Locks an existing folder.
    ///
    /// - Throws: ``FileError``, which names the process that holds the lock.
    package init(_ path: String) throws(FileError) {
        folder = try naming(path, doing: "locked") { () throws(SystemError) in
            try Descriptor { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        }
        do {
            try folder.lock(waiting: false)
        } catch  where error.code == EWOULDBLOCK {
            throw FileError(path, doing: "used", reason: "\(Self.holder(of: folder.status)) is using it")
        } catch {
            // EBADF, ENOLCK and EOPNOTSUPP mean a file system without such locks.
        }
    }

    // To close the descriptor is not enough: a child process that is just starting has a copy of it.
    deinit { flock(folder.number, LOCK_UN) }

    /// The process that holds the lock of a file, in words.
    static func holder(of file: stat) -> String {
        // Linux's numbering of devices.
        let device = UInt64(file.st_dev)
        let (major, minor) = (device >> 8 & 0xfff | device >> 32 & ~0xfff, device & 0xff | device >> 12 & ~0xff)
        func hexadecimal(_ number: UInt64) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
        let name = "\(hexadecimal(major)):\(hexadecimal(minor)):\(file.st_ino)"
        let locks = (try? InputFile.read("/proc/locks")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in locks.split(separator: "\n") {
            // A line is: 1: FLOCK  ADVISORY  WRITE 1234 fe:01:131 0 EOF
            let words = line.split(separator: " ")
            if words.count > 5, words[1] == "FLOCK", words[5] == name, let process = Int(words[4]), process > 0 {
                return "process \(process)"
            }
        }
        return "another process"
    }
}
