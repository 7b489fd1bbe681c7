import Protobuf
import Testing

/// The encoding of messages; `scripts/check-onnx` and `scripts/check-report` read whole files with other programs.
struct ProtobufMessageTests {
    /// The examples of https://protobuf.dev/programming-guides/encoding, and numbers at the limits of a varint.
    @Test(arguments: [
        (1, 150, [0x08, 0x96, 0x01]), (1, 0, [0x08, 0]), (1, 127, [0x08, 0x7f]), (1, 128, [0x08, 0x80, 1]),
        (16, 1, [0x80, 1, 1]),
        (2, -2, [0x10, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        (2, .max, [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ])
    func integers(field: Int, value: Int, bytes: [UInt8]) {
        var message = ProtobufMessage()
        message.add(field, value)
        #expect(message.bytes == bytes)
    }

    @Test func otherTypes() {
        var inner = ProtobufMessage()
        inner.add(1, 150)
        var message = ProtobufMessage()
        message.add(2, "testing")
        message.add(3, inner)
        message.add(4, Float(1.5))
        message.add(5, -2.0)
        #expect(message.bytes.prefix(9) == [0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
        #expect(
            message.bytes.dropFirst(9) == [
                0x1a, 3, 8, 0x96, 1, 0x25, 0, 0, 0xc0, 0x3f, 0x29, 0, 0, 0, 0, 0, 0, 0, 0xc0,
            ])
    }
}
