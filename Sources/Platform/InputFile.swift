/// Reads whole files.
package enum InputFile {
    /// The greatest number of bytes read from a file that is not regular, which may be endless.
    private static let limit = 1 << 30

    /// Returns the contents of a file, which is opened once and may be a pipe.
    ///
    /// - Throws: ``FileError``, also for a folder and for an empty path.
    package static func read(_ path: String) throws(FileError) -> [UInt8] {
        try naming(path, doing: "read") { () throws(SystemError) in
            try read { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
        }
    }

    /// Returns what is left of standard input.
    ///
    /// - Throws: ``FileError``.
    package static func readStandardInput() throws(FileError) -> [UInt8] {
        try naming("standard input", doing: "read") { () throws(SystemError) in
            try read { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) }
        }
    }

    /// Whether a path exists.
    ///
    /// - Throws: ``FileError`` if the system can't determine it: a part of the path is not a folder, or not searchable.
    package static func isThere(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw FileError(path, doing: "read", .last) }
        return false
    }

    /// Returns the contents of a descriptor, from its current position.
    static func read(_ open: () -> Int32) throws(SystemError) -> [UInt8] {
        let file = try Descriptor(open)
        let isRegular = file.status.st_mode & S_IFMT == S_IFREG
        var bytes: [UInt8] = []
        // One byte more than expected shows the end of the file.
        var chunk = isRegular ? Int(file.status.st_size) + 1 : 1 << 16
        while isRegular || bytes.count <= limit {
            var failure: SystemError?
            let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
                do throws(SystemError) {
                    count = try check { Platform.read(file.number, buffer.baseAddress, chunk) }
                } catch { failure = error }
            }
            if let failure { throw failure }
            if part.isEmpty { return bytes }
            if bytes.isEmpty { bytes = part } else { bytes += part }
            chunk = 1 << 16
        }
        throw SystemError(code: EFBIG)
    }
}
