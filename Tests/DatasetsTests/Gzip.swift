import TestSupport

/// The CRC-32 of IEEE 802.3, as gzip and Python's `zlib.crc32` use it, bit by bit from its definition.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 {
            let isOdd = sum & 1 == 1
            sum >>= 1
            if isOdd { sum ^= 0xedb8_8320 }
        }
    }
    return ~sum
}

/// A gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4), made without zlib.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
        let block = bytes[start..<min(start + 65535, bytes.count)]
        start += block.count
        let size = UInt16(block.count)
        result.append(start == bytes.count ? 1 : 0)
        result += littleEndian(size) + littleEndian(~size) + block
    } while start < bytes.count
    return result + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
}
