/// An array in NumPy's format `.npy`, the first index running slowest.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3: a magic string, the length of a
/// header, the header as the text of a Python dictionary, and the elements.
struct NumPyArray {
    /// The type of the elements.
    struct ElementType: Equatable {
        /// `u` for integers without a sign, `i` with one, `f` for floats.
        let kind: Character
        /// The bytes of an element.
        let bytes: Int
        /// Whether the highest byte comes first.
        let isBigEndian: Bool
        /// The type as NumPy writes it: `|u1`.
        let text: String
    }

    /// Why a text is no array, as a clause.
    struct Failure: Error {
        let reason: String
    }

    let type: ElementType
    let shape: [Int]

    /// The elements as bytes.
    let elements: ArraySlice<UInt8>

    /// Reads an array.
    init(_ contents: [UInt8]) throws(Failure) {
        guard contents.starts(with: [0x93] + Array("NUMPY".utf8)), contents.count >= 12 else {
            throw Failure(reason: "it does not begin as an array of NumPy")
        }
        let lengthBytes = contents[6] == 1 ? 2 : 4
        let start = 8 + lengthBytes
        let length = contents[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard (1...3).contains(contents[6]), length <= contents.count - start else {
            throw Failure(reason: "its header at byte 6 is damaged")
        }
        let header = String(decoding: contents[start..<start + length], as: UTF8.self)
        guard let order = header.firstMatch(of: /'fortran_order': *(True|False)/)?.1,
            let dimensions = header.firstMatch(of: /'shape': *\(([0-9, ]*)\)/)?.1
        else { throw Failure(reason: "its header at byte \(start) is not that of an array") }
        guard let descriptor = header.firstMatch(of: /'descr': *'([^']*)'/)?.1,
            let match = descriptor.wholeMatch(of: /([<>|=])([uif])([1248])/)
        else { throw Failure(reason: "its elements are no numbers") }
        guard order == "False" else {
            throw Failure(reason: "its first index runs fastest; save numpy.ascontiguousarray of it")
        }
        type = ElementType(
            kind: match.2.first!, bytes: Int(match.3)!, isBigEndian: match.1 == ">", text: String(descriptor))
        var (shape, bytes): ([Int], Int) = ([], type.bytes)
        for size in dimensions.split(whereSeparator: { ", ".contains($0) }) {
            let product = Int(size).map { bytes.multipliedReportingOverflow(by: $0) }
            guard let size = Int(size), let product, !product.overflow else {
                throw Failure(reason: "it announces the shape (\(dimensions)), which is too large")
            }
            shape.append(size)
            bytes = product.partialValue
        }
        self.shape = shape
        elements = contents[(start + length)...]
        guard elements.count == bytes else {
            throw Failure(
                reason: "\(elements.count) bytes follow its header, and not the \(bytes) of the shape (\(dimensions))")
        }
    }

    /// The elements as floats of 32 bits; `nil` for other types than those of 32 and 64 bits.
    var floats: [Float]? {
        guard type.kind == "f", type.bytes >= 4 else { return nil }
        return words.map { type.bytes == 4 ? Float(bitPattern: UInt32($0)) : Float(Double(bitPattern: $0)) }
    }

    /// The bits of the elements.
    private var words: [UInt64] {
        elements.withUnsafeBufferPointer { bytes in
            (0..<bytes.count / type.bytes).map { index in
                let start = index * type.bytes
                return (0..<type.bytes).reduce(0) { word, byte in
                    word << 8 | UInt64(bytes[start + (type.isBigEndian ? byte : type.bytes - 1 - byte)])
                }
            }
        }
    }

    /// The elements as whole numbers; those that an `Int` can't hold become `nil`.
    ///
    /// - Precondition: The type is one of integers.
    var integers: [Int?] {
        precondition(type.kind != "f")
        return words.map { bits in
            guard type.kind == "i" else { return Int(exactly: bits) }
            let unused = 64 - 8 * type.bytes
            return Int(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)
        }
    }
}
