/// A message of Protocol Buffers as bytes.
///
/// https://protobuf.dev/programming-guides/encoding: a field is its number and its wire type, and then a varint, four or eight
/// bytes, or a length and as many bytes. Messages within messages are such bytes. Callers leave out fields with their default value
/// where the format's own writers do.
///
/// This is all that a writer of ONNX models and of TensorBoard's events needs. Code that swift-protobuf generates would be some
/// thousand lines, in which about 15 messages are used, and every build of the package would compile the library. So the package
/// does without it.
package struct ProtobufMessage: Sendable, Equatable {
    /// The encoded fields.
    package private(set) var bytes: [UInt8] = []

    /// A message without fields.
    package init() {}

    /// A message with the fields that a closure adds.
    package static func make(_ body: (inout ProtobufMessage) -> Void) -> ProtobufMessage {
        var message = ProtobufMessage()
        body(&message)
        return message
    }

    /// Adds a whole number (`int32`, `int64`, `bool`), also one of an enumeration.
    package mutating func add(_ field: Int, _ value: Int) {
        addKey(field, wireType: 0)
        addVarint(UInt64(bitPattern: Int64(value)))
    }

    /// Adds a number of fp64 (`double`).
    package mutating func add(_ field: Int, _ value: Double) {
        addKey(field, wireType: 1)
        bytes += value.bitPattern.littleEndianBytes
    }

    /// Adds a number of fp32 (`float`).
    package mutating func add(_ field: Int, _ value: Float) {
        addKey(field, wireType: 5)
        bytes += value.bitPattern.littleEndianBytes
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

extension FixedWidthInteger {
    /// The bytes of the number, the lowest first.
    package var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
