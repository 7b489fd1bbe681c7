/// The target of a path: a name in a folder, after all symbolic links.
///
/// The file need not exist.
///
/// Names are bytes, because the target of a link need not be UTF-8.
struct FileTarget {
    /// The folder of the file.
    private let folder: Descriptor

    /// The name of the file in it, with a terminating zero.
    private let name: [CChar]

    /// The descriptor of this process that the path denotes (`/dev/stdout`, `/dev/fd/3`); `nil` for other paths.
    private let descriptor: Int32?

    /// Follows a path.
    init(_ path: String) throws(SystemError) {
        guard !path.isEmpty else { throw SystemError(code: ENOENT) }
        var folder: Descriptor?
        var path = path.utf8CString.dropLast()
        // Linux follows up to 40 links.
        for _ in 0..<40 {
            let slash = path.lastIndex(of: CChar(UInt8(ascii: "/")))
            let parent = slash.map { path[...$0] } ?? [CChar(UInt8(ascii: "."))]
            let name = (slash.map { path[($0 + 1)...] } ?? path) + [0]
            guard name.count > 1 else { throw SystemError(code: EISDIR) }
            let next = try Self.open(Array(parent) + [0], in: folder)
            folder = next
            let own = Self.descriptor(Array(name), in: next)
            var link = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlinkat(next.number, Array(name), &link, link.count)
            // EINVAL: it is not a link. ENOENT: it does not exist.
            guard length >= 0 || errno == EINVAL || errno == ENOENT else { throw .last }
            guard own == nil, length > 0 else {
                (self.folder, self.name, descriptor) = (next, Array(name), own)
                return
            }
            path = link[..<length]
        }
        throw SystemError(code: ELOOP)
    }

    private static func open(_ path: [CChar], in folder: Descriptor?) throws(SystemError) -> Descriptor {
        func open(_ access: Int32) throws(SystemError) -> Descriptor {
            try Descriptor { openat(folder?.number ?? AT_FDCWD, path, access | O_DIRECTORY | O_CLOEXEC) }
        }
        do { return try open(O_RDONLY) } catch  where error.code == EACCES {
            // The folder may be writable without being readable.
            return try open(searchOnly)
        }
    }

    /// The open descriptor of this process that a name in a folder of `/proc` denotes.
    private static func descriptor(_ name: [CChar], in folder: Descriptor) -> Int32? {
        var (proc, file, own) = (stat(), stat(), stat())
        guard stat("/proc", &proc) == 0, folder.status.st_dev == proc.st_dev,
            let number = Int32(String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)),
            fstatat(folder.number, name, &file, 0) == 0, fstat(number, &own) == 0,
            (file.st_dev, file.st_ino) == (own.st_dev, own.st_ino)
        else { return nil }
        return number
    }

    /// Opens what a path leads to where it is written in place; nil for a regular file, which is only checked.
    static func openStream(_ path: String) throws(FileError) -> Descriptor? {
        try naming(path, doing: "written") { () throws(SystemError) in
            let target = try FileTarget(path)
            if target.isStream { return try target.openInPlace() }
            try target.checkReplaceable()
            return nil
        }
    }

    /// The status of the file; `nil` if it does not exist.
    var status: stat? {
        var status = stat()
        return fstatat(folder.number, name, &status, 0) == 0 ? status : nil
    }

    /// Whether it is written in place: it is not regular, or this process has it open.
    private var isStream: Bool {
        descriptor != nil || ![S_IFREG, S_IFDIR].contains((status?.st_mode ?? S_IFREG) & S_IFMT)
    }

    /// Opens a file that is written in place.
    private func openInPlace() throws(SystemError) -> Descriptor {
        guard let descriptor else {
            return try Descriptor { openat(folder.number, name, O_WRONLY | O_CLOEXEC | O_NOCTTY) }
        }
        guard fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else { throw SystemError(code: EBADF) }
        return try Descriptor { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    }

    /// Checks that the file can be replaced, without changing it.
    private func checkReplaceable() throws(SystemError) {
        let status = status
        guard (status?.st_mode ?? S_IFREG) & S_IFMT != S_IFDIR else { throw SystemError(code: EISDIR) }
        if status != nil { try check { faccessat(folder.number, name, W_OK, AT_EACCESS) } }
        try Interruption.deferred { () throws(SystemError) in
            _ = unlinkat(folder.number, try makeTemporary(mode: 0o600).name, 0)
        }
    }

    /// Removes the file, if there is one.
    func remove() throws(SystemError) {
        guard unlinkat(folder.number, name, 0) != 0 else { return }
        guard errno == ENOENT else { throw .last }
    }

    /// Replaces the file by one with the given contents and the same permissions; after an error it is unchanged.
    ///
    /// - Returns: The new file, open at its end.
    func replace(with bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let old = status
        return try Interruption.deferred { () throws(SystemError) in
            let (file, temporary) = try makeTemporary(mode: old == nil ? 0o666 : 0o600)
            do throws(SystemError) {
                if let old {
                    // Changing the owner needs privileges, so a failure is ignored. The permissions are required.
                    _ = fchown(file.number, old.st_uid, old.st_gid)
                    try check { fchmod(file.number, old.st_mode & 0o7777) }
                }
                try file.write(bytes)
                try file.synchronize()
                try check { renameat(folder.number, temporary, folder.number, name) }
            } catch {
                unlinkat(folder.number, temporary, 0)
                throw error
            }
            // The file is replaced already. Without this, only a loss of power could undo it.
            try? folder.synchronize()
            return file
        }
    }
}

/// Temporary files.
///
/// The temporary file of NAME is `.NAME.XXXXXX.partial` in the same folder, with six random characters, and is locked
/// by the process that writes it. One that can be locked was left behind by a killed process.
extension FileTarget {
    private var prefix: [CChar] {
        Array(".".utf8CString.dropLast() + name.dropLast().prefix(200) + ".".utf8CString.dropLast())
    }
    private static let suffix = Array(".partial".utf8CString)
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8CString.dropLast())

    private func makeTemporary(mode: mode_t) throws(SystemError) -> (file: Descriptor, name: [CChar]) {
        removeLeftovers()
        while true {
            let temporary = prefix + (0..<6).map { _ in Self.alphabet.randomElement()! } + Self.suffix
            do {
                let file = try Descriptor {
                    openat(folder.number, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
                }
                // Some file systems have no locks; there, leftovers remain.
                try? file.lock(waiting: true)
                // Another process may have removed it as a leftover before it was locked.
                if file.status.st_nlink > 0 { return (file, temporary) }
            } catch  where error.code != EEXIST { throw error }
        }
    }

    /// Removes the temporary files of this file that no process writes.
    private func removeLeftovers() {
        let prefix = prefix
        for name in folder.names {
            let name = name + [0]
            guard name.count == prefix.count + 6 + Self.suffix.count, name.starts(with: prefix),
                name.suffix(Self.suffix.count) == Self.suffix[...],
                let file = try? Descriptor({ openat(folder.number, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
                ),
                (try? file.lock(waiting: false)) != nil
            else { continue }
            unlinkat(folder.number, name, 0)
        }
    }
}
