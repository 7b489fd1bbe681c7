import CZlib
import Platform

/// The contents of a file as a stream, decompressed if it is a gzip file.
///
/// zlib's file functions (`gzread`) ignore data after a gzip stream; this type checks every byte.
struct ByteStream: ~Copyable {
    private let file: String

    /// The rest of the contents, still compressed.
    private var rest: ArraySlice<UInt8>

    /// The state of zlib, which must not move in memory; `nil` for a file that is not compressed.
    private let inflater: UnsafeMutablePointer<z_stream>?

    /// Whether the last gzip stream is complete.
    private var isComplete = false

    /// Opens a file.
    ///
    /// - Throws: ``DatasetError/unreadable(_:)``.
    init(file: String) throws(DatasetError) {
        let contents: [UInt8]
        do throws(FileError) {
            contents = try InputFile.read(file)
        } catch {
            throw .unreadable(error)
        }
        let isPacked = contents.starts(with: [0x1f, 0x8b])
        let inflater: UnsafeMutablePointer<z_stream>? = isPacked ? .allocate(capacity: 1) : nil
        if let inflater {
            inflater.initialize(to: z_stream())
            let gzipFormat: Int32 = 16
            let status = inflateInit2_(
                inflater, MAX_WBITS + gzipFormat, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard status == Z_OK else {
                inflater.deallocate()
                throw .unreadable(
                    FileError(file, doing: "read", reason: "zlib can't start: \(String(cString: zError(status)))"))
            }
        }
        self.file = file
        rest = contents[...]
        self.inflater = inflater
    }

    deinit {
        if let inflater {
            inflateEnd(inflater)
            inflater.deallocate()
        }
    }

    /// The greatest number of bytes that can follow: a deflate stream expands at most 1032 times.
    ///
    /// A damaged header can announce terabytes; this bound prevents their allocation.
    var upperBound: Int {
        let growth = inflater == nil ? 1 : 1032
        return rest.count * growth + growth
    }

    /// Reads the next bytes.
    ///
    /// - Returns: `count` bytes, or fewer at the end of the stream.
    /// - Throws: ``DatasetError/corrupt(file:problem:)`` for a gzip stream that is damaged or truncated.
    mutating func read(_ count: Int) throws(DatasetError) -> [UInt8] {
        guard let inflater else {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count, !isComplete || !rest.isEmpty {
            // Several concatenated gzip streams are a valid gzip file.
            if isComplete { inflateReset(inflater) }
            filled += try inflate(inflater, into: &bytes, from: filled)
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Decompresses until the bytes from a position on are filled or the gzip stream is complete.
    private mutating func inflate(
        _ inflater: UnsafeMutablePointer<z_stream>, into bytes: inout [UInt8], from start: Int
    ) throws(DatasetError) -> Int {
        // zlib counts in 32 bits.
        let input = min(rest.count, Int(uInt.max))
        let output = min(bytes.count - start, Int(uInt.max))
        inflater.pointee.avail_in = uInt(input)
        inflater.pointee.avail_out = uInt(output)
        let status = rest.withUnsafeBytes { packed in
            bytes.withUnsafeMutableBufferPointer { unpacked in
                // zlib does not write to its input, though its type says that it may.
                inflater.pointee.next_in = UnsafeMutablePointer(mutating: packed.bindMemory(to: Bytef.self).baseAddress)
                inflater.pointee.next_out = unpacked.baseAddress.map { $0 + start }
                return CZlib.inflate(inflater, Z_NO_FLUSH)
            }
        }
        rest.removeFirst(input - Int(inflater.pointee.avail_in))

        isComplete = status == Z_STREAM_END
        switch status {
        case Z_OK, Z_STREAM_END: break
        case Z_BUF_ERROR: throw .corrupt(file: file, problem: .truncated)
        default:
            let finding = inflater.pointee.msg.map { String(cString: $0) } ?? String(cString: zError(status))
            throw .corrupt(file: file, problem: .damaged(finding))
        }
        return output - Int(inflater.pointee.avail_out)
    }
}
