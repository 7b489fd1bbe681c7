/// Reading a file as a whole.
package enum InputFile {
    /// The most bytes taken from what is no regular file, which may never end.
    private static let limit = 1 << 30

    /// The contents of a file, which is opened once and may be a pipe.
    ///
    /// - Throws: ``FileError``, also for a folder and for an empty path.
    package static func read(_ path: String) throws(FileError) -> [UInt8] {
        try naming(path, doing: "read") { () throws(SystemError) in
            try read { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
        }
    }

    /// Whether there is something of a name.
    ///
    /// - Throws: ``FileError`` where the system does not tell: a folder on the way is none, or may not be entered.
    package static func isThere(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw FileError(path, doing: "read", .last) }
        return false
    }

    /// The contents of what is opened, from where it stands.
    static func read(_ open: () -> Int32) throws(SystemError) -> [UInt8] {
        let file = try Descriptor(open)
        let isRegular = file.status.st_mode & S_IFMT == S_IFREG
        var bytes: [UInt8] = []
        // A byte more than is expected, to see the end.
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
