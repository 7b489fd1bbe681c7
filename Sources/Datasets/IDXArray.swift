/// An array of bytes from an IDX file, the format of the MNIST family of data sets.
///
/// The file has a magic number, the size of each dimension, and the elements with the last dimension running fastest.
/// The numbers of the header are 32-bit and big-endian. The third byte of the magic number is the type of the elements
/// (0x08 for bytes), and the fourth is the number of dimensions. See http://yann.lecun.com/exdb/mnist/.
struct IDXArray {
    /// The size of each dimension.
    let dimensions: [Int]

    /// The elements, the last dimension running fastest.
    let elements: [UInt8]

    /// Reads a file, which may be compressed by gzip.
    ///
    /// - Parameters:
    ///   - file: The path of the file.
    ///   - rank: The required number of dimensions.
    /// - Throws: ``DatasetError/unreadable(_:)`` and ``DatasetError/corrupt(file:problem:)``: the magic number
    ///   must be that of bytes in `rank` dimensions, and exactly the announced number of elements must follow.
    init(file: String, rank: Int) throws(DatasetError) {
        var stream = try ByteStream(file: file)
        let expectedMagic = 0x0800 | UInt32(rank)
        let magic = try Self.readNumber(from: &stream, file: file)
        guard magic == expectedMagic else {
            throw .corrupt(file: file, problem: .wrongMagic(found: magic, expected: expectedMagic))
        }
        var dimensions: [Int] = []
        var count = 1
        for _ in 0..<rank {
            dimensions.append(Int(try Self.readNumber(from: &stream, file: file)))
            let product = count.multipliedReportingOverflow(by: dimensions.last!)
            count = product.overflow ? 0 : product.partialValue
        }
        guard count > 0 else { throw .corrupt(file: file, problem: .impossibleSize(dimensions)) }
        guard count <= stream.upperBound else { throw .corrupt(file: file, problem: .tooShort(expected: count)) }

        self.dimensions = dimensions
        elements = try stream.read(count)
        guard elements.count == count else { throw .corrupt(file: file, problem: .tooShort(expected: count)) }
        // For a gzip file this also checks the checksum at its end.
        guard try stream.read(1).isEmpty else { throw .corrupt(file: file, problem: .tooLong(expected: count)) }
    }

    /// Reads one big-endian number of the header.
    private static func readNumber(from stream: inout ByteStream, file: String) throws(DatasetError) -> UInt32 {
        let bytes = try stream.read(4)
        guard bytes.count == 4 else { throw .corrupt(file: file, problem: .truncated) }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
