import Glibc

/// The bytes of a file, held in memory of its own.
struct FileContents: ~Copyable {
    /// The bytes; valid as long as this value lives.
    let bytes: UnsafeMutableRawBufferPointer

    /// Reads a whole file.
    ///
    /// - Throws: ``DatasetError/unreadable(file:reason:)``, also for what is not a regular file.
    init(of file: String) throws(DatasetError) {
        // Without blocking: opening a named pipe would otherwise wait for a writer.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(file: file, reason: Self.systemError()) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: file, reason: Self.systemError()) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unreadable(file: file, reason: "it is a folder")
        default: throw .unreadable(file: file, reason: "it is not a regular file")
        }

        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(status.st_size), alignment: 64)
        var count = 0
        while count < buffer.count {
            let result = read(descriptor, buffer.baseAddress! + count, buffer.count - count)
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else {
                let reason = Self.systemError()
                buffer.deallocate()
                throw .unreadable(file: file, reason: reason)
            }
            if result == 0 { break }
            count += result
        }
        // Fewer bytes than announced: somebody shortened the file meanwhile. What is there is all there is.
        bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }

    deinit {
        bytes.deallocate()
    }

    /// The message of the last failed call of the system.
    private static func systemError() -> String {
        String(cString: strerror(errno))
    }
}
