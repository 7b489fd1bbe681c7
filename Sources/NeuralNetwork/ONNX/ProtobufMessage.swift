/// A message of Protocol Buffers as bytes.
///
/// https://protobuf.dev/programming-guides/encoding: a field is its number and its wire type, and then a varint, four bytes, or
/// a length and as many bytes. Messages within messages are such bytes.
///
/// This is all that a writer needs. Code that swift-protobuf generates from onnx.proto would be some thousand lines, in which ten
/// of its messages are used, and every build of the package would compile the library. So the package does without it.
package struct ProtobufMessage {
    /// The encoded fields.
    package private(set) var bytes: [UInt8] = []

    /// A message without fields.
    package init() {}

    /// Adds a whole number, also one of an enumeration.
    package mutating func add(_ field: Int, _ value: Int) {
        addKey(field, wireType: 0)
        addVarint(UInt64(bitPattern: Int64(value)))
    }

    /// Adds a number of fp32.
    package mutating func add(_ field: Int, _ value: Float) {
        addKey(field, wireType: 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Adds a text.
    package mutating func add(_ field: Int, _ text: String) { add(field, bytes: text.utf8) }

    /// Adds a message.
    package mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, bytes: message.bytes) }

    /// Adds bytes.
    package mutating func add(_ field: Int, bytes contents: some Collection<UInt8>) {
        addKey(field, wireType: 2)
        addVarint(UInt64(contents.count))
        bytes.append(contentsOf: contents)
    }

    private mutating func addKey(_ field: Int, wireType: Int) { addVarint(UInt64(field << 3 | wireType)) }

    /// Adds a number in groups of seven bits, the lowest first; the highest bit of a byte says that another one follows.
    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
