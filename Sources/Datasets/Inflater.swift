import CZlib

/// zlib's decompression of one stream after another.
final class Inflater {
    /// The container of the compressed data.
    enum Container {
        /// gzip, RFC 1952, with a checksum.
        case gzip

        /// Deflate without a header, RFC 1951, as in zip archives.
        case none

        /// What zlib calls the bits of the window.
        fileprivate var windowBits: Int32 { self == .gzip ? MAX_WBITS + 16 : -MAX_WBITS }
    }

    /// A problem, in zlib's words.
    struct Failure: Error {
        let message: String

        /// Whether the data ends too early, and is valid up to there.
        let isTruncated: Bool
    }

    /// The greatest number of bytes that one compressed byte becomes.
    static let greatestGrowth = 1032

    /// The state of zlib, which must not move in memory.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Whether the last stream is complete.
    private(set) var isComplete = false

    /// Starts a decompression.
    init(_ container: Container) throws(Failure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(
            stream, container.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw Failure(message: "zlib can't start: \(String(cString: zError(status)))", isTruncated: false)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Begins the next stream.
    func reset() {
        inflateReset(stream)
        isComplete = false
    }

    /// Decompresses until the bytes from a position on are filled or the stream is complete.
    ///
    /// - Returns: The number of bytes that were written.
    func inflate(
        _ input: inout ArraySlice<UInt8>, into bytes: inout [UInt8], from start: Int
    ) throws(Failure) -> Int {
        // zlib counts in 32 bits.
        let available = min(input.count, Int(uInt.max))
        let output = min(bytes.count - start, Int(uInt.max))
        stream.pointee.avail_in = uInt(available)
        stream.pointee.avail_out = uInt(output)
        let status = input.withUnsafeBytes { packed in
            bytes.withUnsafeMutableBufferPointer { unpacked in
                // zlib does not write to its input, though its type says that it may.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: packed.bindMemory(to: Bytef.self).baseAddress)
                stream.pointee.next_out = unpacked.baseAddress.map { $0 + start }
                return CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        input.removeFirst(available - Int(stream.pointee.avail_in))

        isComplete = status == Z_STREAM_END
        switch status {
        case Z_OK, Z_STREAM_END: return output - Int(stream.pointee.avail_out)
        default:
            let message = stream.pointee.msg.map { String(cString: $0) } ?? String(cString: zError(status))
            throw Failure(message: message, isTruncated: status == Z_BUF_ERROR)
        }
    }
}
