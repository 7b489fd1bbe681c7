import Glibc

/// A temporary file without a name, which vanishes when it is closed.
struct AnonymousFile: ~Copyable {
    private let stream: UnsafeMutablePointer<FILE>

    /// The descriptor, for a child process to take over.
    var descriptor: Int32 { fileno(stream) }

    /// A file with the given contents, to be read from its start.
    ///
    /// - Throws: ``GnuplotError/noTemporaryFile(reason:)``.
    init(_ bytes: [UInt8] = []) throws(GnuplotError) {
        guard let stream = tmpfile() else { throw Self.systemError() }
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count, fflush(stream) == 0 else {
            let error = Self.systemError()
            fclose(stream)
            throw error
        }
        rewind(stream)
        self.stream = stream
    }

    deinit {
        fclose(stream)
    }

    /// All that was written, by whomever.
    ///
    /// - Throws: ``GnuplotError/noTemporaryFile(reason:)``.
    func contents() throws(GnuplotError) -> [UInt8] {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw Self.systemError() }
        rewind(stream)
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, stream)
        }
        guard bytes.count == Int(size) else { throw Self.systemError() }
        return bytes
    }

    private static func systemError() -> GnuplotError {
        .noTemporaryFile(reason: String(cString: strerror(errno)))
    }
}
