extension ImageDataset {
    /// A checksum of all pixels and labels, of both sets, in hexadecimal digits.
    ///
    /// It detects a different data set when a study resumes. It is not a cryptographic hash. The number of channels is not
    /// added: it follows from the number of pixels, and studies of one channel were recorded without it. The normalisation is
    /// recorded beside the checksum.
    package var checksum: String {
        var sum = Checksum()
        for images in [training, test] {
            for size in [images.count, images.format.rows, images.format.columns] { sum.add(UInt64(size)) }
            sum.add(images.pixels)
            sum.add(images.labels)
        }
        let digits = String(sum.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The 64-bit FNV-1a hash (Fowler, Noll & Vo) over little-endian words of eight bytes instead of bytes, which is eight times as
/// fast.
private struct Checksum {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01b3
        // A product moves bits upwards only, so the high ones are folded back for the following words.
        value ^= value >> 32
    }

    mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            let whole = buffer.count / 8 * 8
            for offset in stride(from: 0, to: whole, by: 8) {
                add(UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
            if whole < buffer.count { add(buffer[whole...].reduce(0) { $0 << 8 | UInt64($1) }) }
        }
    }
}
