import Glibc

/// A file that is replaced as a whole, or not at all.
///
/// The new contents go into a file beside it, which is then renamed: whoever reads the file, and whatever happens
/// meanwhile (a full disk, a crash), finds either the old contents or the new ones.
package struct AtomicFile: Sendable {
    /// The path of the file.
    package let path: String

    /// The file at a path, whether it exists or not.
    package init(path: String) {
        self.path = path
    }

    /// Checks that the file can be written, without touching it.
    ///
    /// To be called before long work whose result is to be written.
    ///
    /// - Throws: ``StorageError``.
    package func checkWritable() throws(StorageError) {
        close(try openTemporary())
        unlink(temporaryPath)
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw StorageError(path: path, code: EISDIR) }
    }

    /// Replaces the contents by a text.
    ///
    /// - Throws: ``StorageError``; then the file is as it was.
    package func write(_ text: String) throws(StorageError) {
        try write(Array(text.utf8))
    }

    /// Replaces the contents by bytes.
    ///
    /// - Throws: ``StorageError``; then the file is as it was.
    package func write(_ bytes: [UInt8]) throws(StorageError) {
        let descriptor = try openTemporary()
        do throws(StorageError) {
            try write(bytes, to: descriptor)
            guard close(descriptor) == 0 else { throw StorageError(path: path, code: errno) }
            guard rename(temporaryPath, path) == 0 else { throw StorageError(path: path, code: errno) }
        } catch {
            unlink(temporaryPath)
            throw error
        }
    }

    /// The file beside it that takes the new contents; each process has its own.
    private var temporaryPath: String {
        let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        return "\(path[..<start]).\(path[start...]).\(getpid()).partial"
    }

    private func openTemporary() throws(StorageError) -> Int32 {
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw StorageError(path: path, code: errno) }
        return descriptor
    }

    /// Writes all bytes and has them reach the disk, so that a rename cannot overtake them.
    private func write(_ bytes: [UInt8], to descriptor: Int32) throws(StorageError) {
        var start = 0
        var failure: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            while start < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
                if count < 0, errno == EINTR { continue }
                if count < 0 {
                    failure = errno
                    return
                }
                start += count
            }
            if fsync(descriptor) != 0 { failure = errno }
        }
        guard failure == 0 else {
            close(descriptor)
            throw StorageError(path: path, code: failure)
        }
    }
}
