import CZlib

/// A zip archive in memory, whose members are stored or deflated; also one with the sizes of zip64, which NumPy writes.
///
/// PKWARE, "APPNOTE.TXT: .ZIP file format specification", version 6.3.10.
struct ZipArchive {
    /// A member, as the central directory describes it.
    struct Member {
        /// The name.
        let name: String
        fileprivate let flags: UInt64
        fileprivate let method: UInt64
        fileprivate let crc: UInt64
        fileprivate let packedBytes: Int
        fileprivate let bytes: Int
        /// The offset of the header before the data.
        fileprivate let header: Int
    }

    /// The path of the archive, for messages.
    private let file: String
    private let contents: [UInt8]

    /// The members, in the order of the central directory.
    private(set) var members: [Member] = []

    /// Whether contents begin as an archive with a member does.
    static func isArchive(_ contents: [UInt8]) -> Bool { contents.starts(with: [0x50, 0x4b, 3, 4]) }

    /// Reads the central directory.
    ///
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)``.
    init(file: String, contents: [UInt8]) throws(DatasetError) {
        self.file = file
        self.contents = contents
        var (count, offset) = try directory()
        while count > 0 {
            guard number(offset, 4) == 0x0201_4b50, let member = member(at: offset) else {
                throw problem("the directory of the archive is damaged at byte \(offset)")
            }
            members.append(member.member)
            offset = member.end
            count -= 1
        }
    }

    /// The number of members and the offset of the central directory.
    private func directory() throws(DatasetError) -> (count: Int, offset: Int) {
        // The record at the end has 22 bytes, and then a comment of up to 65,535.
        let last = contents.count - 22
        guard last >= 0,
            let end = (max(0, last - 65_535)...last).last(where: { number($0, 4) == 0x0605_4b50 }),
            let shortCount = number(end + 10, 2), let shortOffset = number(end + 16, 4)
        else { throw problem("the directory at the end of the archive is missing") }
        guard shortCount == 0xffff || shortOffset == 0xffff_ffff else { return (Int(shortCount), Int(shortOffset)) }
        // zip64: a locator of 20 bytes, which has the offset of a longer record.
        guard number(end - 20, 4) == 0x0706_4b50, let record = number(end - 12, 8).flatMap({ Int(exactly: $0) }),
            number(record, 4) == 0x0606_4b50, let count = number(record + 32, 8).flatMap({ Int(exactly: $0) }),
            let offset = number(record + 48, 8).flatMap({ Int(exactly: $0) })
        else { throw problem("the zip64 directory before byte \(end) is damaged") }
        return (count, offset)
    }

    /// The member at an offset of the central directory, and where the next one begins; `nil` if it is damaged.
    private func member(at offset: Int) -> (member: Member, end: Int)? {
        guard let flags = number(offset + 8, 2), let method = number(offset + 10, 2), let crc = number(offset + 16, 4),
            let nameBytes = number(offset + 28, 2), let extraBytes = number(offset + 30, 2),
            let commentBytes = number(offset + 32, 2)
        else { return nil }
        let extra = offset + 46 + Int(nameBytes)
        let end = extra + Int(extraBytes)
        guard end <= contents.count else { return nil }
        // Packed and unpacked size and the offset; one that does not fit into 32 bits stands in the zip64 field instead.
        var wide = zip64Field(extra..<end)
        var sizes: [Int] = []
        for place in [24, 20, 42] {
            guard var size = number(offset + place, 4) else { return nil }
            if size == 0xffff_ffff {
                guard let start = wide, let long = number(start, 8) else { return nil }
                (size, wide) = (long, start + 8)
            }
            guard let size = Int(exactly: size) else { return nil }
            sizes.append(size)
        }
        let member = Member(
            name: String(decoding: contents[(offset + 46)..<extra], as: UTF8.self), flags: flags, method: method,
            crc: crc, packedBytes: sizes[1], bytes: sizes[0], header: sizes[2])
        return (member, end + Int(commentBytes))
    }

    /// The offset of the sizes in the zip64 field of some extra fields.
    private func zip64Field(_ extra: Range<Int>) -> Int? {
        var offset = extra.lowerBound
        while offset + 4 <= extra.upperBound, let kind = number(offset, 2), let size = number(offset + 2, 2) {
            if kind == 1 { return offset + 4 }
            offset += 4 + Int(size)
        }
        return nil
    }

    /// The contents of a member, whose checksum is checked.
    ///
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)``.
    func read(_ member: Member) throws(DatasetError) -> [UInt8] {
        guard member.flags & 1 == 0 else { throw problem("\(member.name) is encrypted") }
        guard number(member.header, 4) == 0x0403_4b50, let nameBytes = number(member.header + 26, 2),
            let extraBytes = number(member.header + 28, 2)
        else { throw problem("there is no \(member.name) at byte \(member.header)") }
        let start = member.header + 30 + Int(nameBytes) + Int(extraBytes)
        guard start <= contents.count, member.packedBytes <= contents.count - start else {
            throw problem("\(member.name) at byte \(start) continues after the end")
        }
        let packed = contents[start..<start + member.packedBytes]
        let bytes: [UInt8]
        switch member.method {
        case 0: bytes = Array(packed)
        case 8: bytes = try inflate(packed, of: member)
        default:
            throw problem("\(member.name) is compressed by method \(member.method), and only deflate is known")
        }
        guard bytes.count == member.bytes else {
            throw problem("\(member.name) at byte \(start) has \(bytes.count) bytes, and not \(member.bytes)")
        }
        guard checksum(bytes) == member.crc else {
            throw problem("\(member.name) at byte \(start) has a wrong checksum")
        }
        return bytes
    }

    /// The decompressed data of a member.
    private func inflate(_ packed: ArraySlice<UInt8>, of member: Member) throws(DatasetError) -> [UInt8] {
        // A damaged directory can announce terabytes.
        guard member.bytes / Inflater.greatestGrowth <= packed.count else {
            throw problem("\(member.name) can't have the \(member.bytes) bytes that the directory announces")
        }
        var bytes = [UInt8](repeating: 0, count: member.bytes)
        var (rest, filled) = (packed, 0)
        do throws(Inflater.Failure) {
            let inflater = try Inflater(.none)
            while filled < bytes.count, !inflater.isComplete {
                filled += try inflater.inflate(&rest, into: &bytes, from: filled)
            }
        } catch {
            throw problem("the compressed data of \(member.name) is damaged (\(error.message))")
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// The CRC-32 of bytes.
    private func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBufferPointer { UInt64(crc32_z(0, $0.baseAddress, $0.count)) }
    }

    /// The little-endian number of some bytes at an offset; `nil` if it is not within the archive.
    private func number(_ offset: Int, _ bytes: Int) -> UInt64? {
        guard offset >= 0, offset <= contents.count - bytes else { return nil }
        return contents[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func problem(_ reason: String) -> DatasetError {
        .unusable(file, reason: reason, remedy: "write it again, as numpy.savez does")
    }
}
