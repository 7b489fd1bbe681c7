/// The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, section 12.1), as files of TensorFlow have it.
package enum CRC32C {
    /// The remainder of each byte.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { remainder, _ in
            remainder & 1 == 1 ? remainder >> 1 ^ 0x82f6_3b78 : remainder >> 1
        }
    }

    /// The checksum of some bytes.
    package static func checksum(of bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// The checksum as a record has it: rotated, and with a constant added, so that a checksum of data with checksums in them
    /// keeps its strength (`tensorflow/core/lib/hash/crc32c.h`).
    package static func maskedChecksum(of bytes: [UInt8]) -> UInt32 {
        let checksum = checksum(of: bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
    }
}
