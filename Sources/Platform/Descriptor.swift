/// An open file, which is closed together with this object.
final class Descriptor: Sendable {
    /// The number of the descriptor.
    let number: Int32

    /// Creates an object that owns an open file.
    ///
    /// - Parameter open: Opens the file; child processes must not inherit the descriptor (`O_CLOEXEC`).
    init(_ open: () -> Int32) throws(SystemError) {
        number = try check(open)
    }

    deinit { close(number) }

    /// The status of the file.
    var status: stat {
        var status = stat()
        fstat(number, &status)
        return status
    }

    /// The names in a folder without `.` and `..`, in no order and without terminating zeros; none if it can't be
    /// listed.
    var names: [[CChar]] {
        // A new descriptor has its own position; that of a duplicate is shared.
        guard let entries = fdopendir(openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else { return [] }
        defer { closedir(entries) }
        var names: [[CChar]] = []
        while let entry = readdir(entries) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.bindMemory(to: CChar.self).prefix { $0 != 0 }) })
        }
        return names.filter { !$0.allSatisfy { $0 == CChar(UInt8(ascii: ".")) } || $0.count > 2 }
    }

    /// Writes all bytes.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        try Platform.write(bytes, to: number)
    }

    /// Waits until the written bytes are on the disk, if the file system supports it.
    func synchronize() throws(SystemError) {
        do { try check { fsync(number) } } catch  where ![EINVAL, EBADF, EROFS, ENOTSUP].contains(error.code) {
            throw error
        }
    }

    /// Locks the file exclusively, until it is closed.
    func lock(waiting: Bool) throws(SystemError) {
        try check { flock(number, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) }
    }
}

/// Writes all bytes to an open file, blocking or not.
func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var start = 0
    while start < bytes.count {
        let rest = bytes[start...]
        do {
            start += try check { rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
        } catch {
            guard error.code == EAGAIN else { throw error }
            var events = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&events, 1, -1)
        }
    }
}
