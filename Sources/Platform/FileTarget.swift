/// Where a path leads: a name in a folder, with symbolic links followed, also one to a file that is not there yet.
///
/// Names are bytes: the target of a link need not be UTF-8.
struct FileTarget {
    /// The folder the file is in.
    private let folder: Descriptor

    /// The name of the file in it, ended by a zero.
    private let name: [CChar]

    /// The descriptor of this process that the path stands for (`/dev/stdout`, `/dev/fd/3`), if it does.
    private let descriptor: Int32?

    /// Follows a path.
    init(_ path: String) throws(SystemError) {
        guard !path.isEmpty else { throw SystemError(code: ENOENT) }
        var folder: Descriptor?
        var path = path.utf8CString.dropLast()
        // As many links as Linux follows.
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
            // No link, or nothing at all.
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
            // A folder that may be written to, and not listed.
            return try open(searchOnly)
        }
    }

    /// The open descriptor of this process that a name in a folder of `/proc` stands for.
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

    /// What the system knows of the file; nil where there is none.
    var status: stat? {
        var status = stat()
        return fstatat(folder.number, name, &status, 0) == 0 ? status : nil
    }

    /// Whether it is written in place: no regular file, or one that this process has open.
    private var isStream: Bool {
        descriptor != nil || ![S_IFREG, S_IFDIR].contains((status?.st_mode ?? S_IFREG) & S_IFMT)
    }

    /// Opens what is written in place.
    private func openInPlace() throws(SystemError) -> Descriptor {
        guard let descriptor else {
            return try Descriptor { openat(folder.number, name, O_WRONLY | O_CLOEXEC | O_NOCTTY) }
        }
        guard fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else { throw SystemError(code: EBADF) }
        return try Descriptor { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    }

    /// Checks that the file can be replaced, without touching it.
    private func checkReplaceable() throws(SystemError) {
        let status = status
        guard (status?.st_mode ?? S_IFREG) & S_IFMT != S_IFDIR else { throw SystemError(code: EISDIR) }
        if status != nil { try check { faccessat(folder.number, name, W_OK, AT_EACCESS) } }
        try Interruption.deferred { () throws(SystemError) in
            _ = unlinkat(folder.number, try makeTemporary(mode: 0o600).name, 0)
        }
    }

    /// Replaces the file by one with the given contents, of the same permissions; on an error it stays as it is.
    ///
    /// - Returns: The new file, open at its end.
    func replace(with bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let old = status
        return try Interruption.deferred { () throws(SystemError) in
            let (file, temporary) = try makeTemporary(mode: old == nil ? 0o666 : 0o600)
            do throws(SystemError) {
                if let old {
                    // Who may not give files away keeps them: only the permissions are asked for.
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
            // The file is replaced; what is left to chance is a loss of power.
            try? folder.synchronize()
            return file
        }
    }
}

/// Temporary files.
///
/// That of a file NAME is `.NAME.XXXXXX.partial` in the same folder, with six random characters, and is locked by the
/// process that writes it. One that can be locked was left by a process that was killed.
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
                // Not every file system knows locks; without them, leftovers stay.
                try? file.lock(waiting: true)
                // Another process may have taken it for a leftover before it was locked.
                if file.status.st_nlink > 0 { return (file, temporary) }
            } catch  where error.code != EEXIST { throw error }
        }
    }

    /// Removes the temporary files of this file that no process writes any more.
    private func removeLeftovers() {
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
