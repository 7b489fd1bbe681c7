/// A PNG file of RGB pixels, stored without compression, made without the code under test.
func pngFile(width: Int, height: Int, _ pixels: [UInt8]) -> [UInt8] {
    func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { (shift: Int) in UInt8(truncatingIfNeeded: number >> shift) }
    }
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let contents = Array(type.utf8) + data
        var crc: UInt32 = 0xffff_ffff
        for byte in contents {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return bigEndian(data.count) + contents + bigEndian(Int(~crc))
    }
    var rows: [UInt8] = []
    for row in 0..<height { rows += [0] + pixels[(row * width * 3)..<((row + 1) * width * 3)] }
    var (low, high) = (1, 0)
    for byte in rows {
        low = (low + Int(byte)) % 65_521
        high = (high + low) % 65_521
    }
    precondition(rows.count < 65_536)
    let (length, complement) = (rows.count, ~rows.count)
    let lengths: [UInt8] = [length, length >> 8, complement, complement >> 8].map { UInt8(truncatingIfNeeded: $0) }
    let header: [UInt8] = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
    let data: [UInt8] = [0x78, 1, 1] + lengths + rows + bigEndian(high << 16 | low)
    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    return signature + chunk("IHDR", header) + chunk("IDAT", data) + chunk("IEND", [])
}
