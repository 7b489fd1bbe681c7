import Platform

/// The contents of a file as a stream, decompressed if it is a gzip file.
///
/// zlib's file functions (`gzread`) ignore data after a gzip stream; this type checks every byte.
struct ByteStream: ~Copyable {
    private let file: String

    /// The rest of the contents, still compressed.
    private var rest: ArraySlice<UInt8>

    /// The decompression; `nil` for a file that is not compressed.
    private let inflater: Inflater?

    /// Opens a file.
    ///
    /// - Throws: ``DatasetError/unreadable(_:)``.
    init(file: String) throws(DatasetError) {
        let contents = try Datasets.contents(of: file)
        let inflater: Inflater?
        do throws(Inflater.Failure) {
            inflater = contents.starts(with: [0x1f, 0x8b]) ? try Inflater(.gzip) : nil
        } catch {
            throw .unreadable(FileError(file, doing: "read", reason: error.message))
        }
        self.file = file
        self.inflater = inflater
        rest = contents[...]
    }

    /// The greatest number of bytes that can follow.
    ///
    /// A damaged header can announce terabytes; this bound prevents their allocation.
    var upperBound: Int {
        let growth = inflater == nil ? 1 : Inflater.greatestGrowth
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
        do throws(Inflater.Failure) {
            while filled < count, !inflater.isComplete || !rest.isEmpty {
                // Several concatenated gzip streams are a valid gzip file.
                if inflater.isComplete { inflater.reset() }
                filled += try inflater.inflate(&rest, into: &bytes, from: filled)
            }
        } catch {
            throw .corrupt(file: file, problem: error.isTruncated ? .truncated : .damaged(error.message))
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
