/// A message in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), to which fields are appended.
///
/// Fields with their default value are left out by the callers, where that is what the format's own writers do.
struct ProtobufMessage: Sendable, Equatable {
    /// The encoded fields.
    private(set) var bytes: [UInt8] = []

    /// Appends a whole number (`int32`, `int64`, `bool` or an enumeration).
    mutating func append(_ field: Int, _ number: Int) {
        appendVarint(UInt64(field << 3))
        appendVarint(UInt64(bitPattern: Int64(number)))
    }

    /// Appends a number of 64 bits (`double`).
    mutating func append(_ field: Int, _ number: Double) {
        appendVarint(UInt64(field << 3 | 1))
        bytes += number.bitPattern.littleEndianBytes
    }

    /// Appends a number of 32 bits (`float`).
    mutating func append(_ field: Int, _ number: Float) {
        appendVarint(UInt64(field << 3 | 5))
        bytes += number.bitPattern.littleEndianBytes
    }

    /// Appends a text.
    mutating func append(_ field: Int, _ text: String) { append(field, bytes: Array(text.utf8)) }

    /// Appends a message.
    mutating func append(_ field: Int, _ message: ProtobufMessage) { append(field, bytes: message.bytes) }

    /// Appends bytes with their length.
    mutating func append(_ field: Int, bytes contents: [UInt8]) {
        appendVarint(UInt64(field << 3 | 2))
        appendVarint(UInt64(contents.count))
        bytes += contents
    }

    /// A message with the fields that a closure appends.
    static func make(_ body: (inout ProtobufMessage) -> Void) -> ProtobufMessage {
        var message = ProtobufMessage()
        body(&message)
        return message
    }

    /// Appends a number in groups of seven bits, the lowest first; all but the last have the highest bit set.
    private mutating func appendVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

extension FixedWidthInteger {
    /// The bytes of the number, the lowest first.
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
