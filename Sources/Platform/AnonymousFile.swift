extension Descriptor {
    /// A file without a name, open for reading from its start, which vanishes when it is closed.
    ///
    /// On Linux it lies in memory and needs no folder. Elsewhere, and where the kernel refuses that, it lies in `TMPDIR`.
    static func anonymous(_ bytes: [UInt8] = []) throws(SystemError) -> Descriptor {
        let file = try Descriptor(open)
        try file.write(bytes)
        lseek(file.number, 0, SEEK_SET)
        return file
    }

    private static func open() -> Int32 {
        #if os(Linux)
            // The C library's header hides it from Swift. The flag is MFD_CLOEXEC.
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

    /// All bytes of a regular file, from its start.
    func contents() throws(SystemError) -> [UInt8] {
        lseek(number, 0, SEEK_SET)
        return try InputFile.read { fcntl(number, F_DUPFD_CLOEXEC, 3) }
    }
}
