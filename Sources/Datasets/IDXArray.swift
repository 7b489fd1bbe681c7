/// An array of bytes as an IDX file holds it, the format of the MNIST family of data sets.
///
/// The file is a magic number, the size of each dimension, and the elements with the last dimension running fastest.
/// The header's numbers are 32-bit and big-endian; the magic number says the type of the elements (0x08 for bytes)
/// in its third byte and the number of dimensions in its fourth. Described at http://yann.lecun.com/exdb/mnist/.
struct IDXArray {
    /// The size of each dimension.
    let dimensions: [Int]

    /// The elements, the last dimension running fastest.
    let elements: [UInt8]

    /// Reads a file, which may be packed by gzip.
    ///
    /// - Parameters:
    ///   - file: The path of the file.
    ///   - rank: The number of dimensions there must be.
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
        elements = try Self.readElements(count, from: &stream, file: file)
    }

    private static func readElements(
        _ count: Int, from stream: inout ByteStream, file: String
    ) throws(DatasetError) -> [UInt8] {
        // The initialiser below rethrows untyped errors only, so the result is carried out of it.
        var outcome = Result<Int, DatasetError>.success(0)
        let elements = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(DatasetError) {
                initialized = try stream.read(into: UnsafeMutableRawBufferPointer(buffer))
                outcome = .success(initialized)
            } catch {
                outcome = .failure(error)
            }
        }
        guard try outcome.get() == count else { throw .corrupt(file: file, problem: .tooShort(expected: count)) }
        guard try isAtEnd(&stream) else { throw .corrupt(file: file, problem: .tooLong(expected: count)) }
        return elements
    }

    /// Reads one big-endian number of the header.
    private static func readNumber(from stream: inout ByteStream, file: String) throws(DatasetError) -> UInt32 {
        let (number, count) = try withBytes(of: UInt32(0)) { buffer throws(DatasetError) in
            try stream.read(into: buffer)
        }
        guard count == MemoryLayout<UInt32>.size else { throw .corrupt(file: file, problem: .truncated) }
        return UInt32(bigEndian: number)
    }

    /// Whether nothing is left; for a packed file this also checks the sum at its end.
    private static func isAtEnd(_ stream: inout ByteStream) throws(DatasetError) -> Bool {
        let (_, count) = try withBytes(of: UInt8(0)) { buffer throws(DatasetError) in
            try stream.read(into: buffer)
        }
        return count == 0
    }

    /// Lends the memory of a number, to be read into.
    ///
    /// - Returns: The number that was read, and how many of its bytes.
    private static func withBytes<Number: FixedWidthInteger>(
        of number: Number, _ read: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int
    ) throws(DatasetError) -> (Number, Int) {
        let memory = UnsafeMutablePointer<Number>.allocate(capacity: 1)
        defer { memory.deallocate() }
        memory.initialize(to: number)
        let count = try read(UnsafeMutableRawBufferPointer(start: memory, count: MemoryLayout<Number>.size))
        return (memory.pointee, count)
    }
}
