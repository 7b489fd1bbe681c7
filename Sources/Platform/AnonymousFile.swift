extension Descriptor {
    /// Creates a file without a name, open for reading from its start, which is deleted when it is closed.
    ///
    /// On Linux it is in memory and needs no folder. Elsewhere, and if the kernel refuses that, it is in `TMPDIR`.
    static func anonymous(_ bytes: [UInt8] = []) throws(SystemError) -> Descriptor {
        let file = try Descriptor(open)
        try file.write(bytes)
        lseek(file.number, 0, SEEK_SET)
        return file
    }

    private static func open() -> Int32 {
        #if os(Linux)
            // Swift does not import the function from the C library's header. The flag is MFD_CLOEXEC.
            typealias Function = @convention(c) (_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32
            if let symbol = dlsym(nil, "memfd_create") {
                let file = unsafeBitCast(symbol, to: Function.self)("resnet-bo", 1)
                if file >= 0 { return file }
            }
        #endif
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var path = Array("\(folder.isEmpty ? "/tmp" : folder)/resnet-bo.XXXXXX".utf8CString)
        let named = mkstemp(&path)
        if named >= 0 {
            unlink(path)
            _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        }
        return named
    }

    /// The bytes of a regular file from an offset on; the position, which a child may share, stays as it is.
    func contents(from offset: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) - offset, 0))
        let count = try check { pread(number, &bytes, bytes.count, off_t(offset)) }
        return Array(bytes.prefix(count))
    }

    /// All bytes of a regular file, from its start.
    func contents() throws(SystemError) -> [UInt8] {
        lseek(number, 0, SEEK_SET)
        return try InputFile.read { fcntl(number, F_DUPFD_CLOEXEC, 3) }
    }
}
