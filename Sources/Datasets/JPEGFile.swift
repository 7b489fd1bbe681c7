import CTurboJPEG

/// JPEG images in memory, through TurboJPEG.
enum JPEGFile {
    /// TurboJPEG's decoder.
    private final class Decoder {
        let handle: tjhandle

        init() throws(PictureFailure) {
            guard let handle = tjInitDecompress() else { throw PictureFailure("TurboJPEG can't start") }
            self.handle = handle
        }

        deinit { tjDestroy(handle) }

        /// What TurboJPEG says of the last call.
        var failure: PictureFailure { PictureFailure(String(cString: tjGetErrorStr2(handle))) }
    }

    /// Whether contents begin as a JPEG image does.
    static func isJPEG(_ contents: [UInt8]) -> Bool { contents.starts(with: [0xff, 0xd8, 0xff]) }

    /// Decodes an image, upright by its orientation in Exif, with the accurate inverse transform as Pillow.
    ///
    /// A warning of the decoder is an error: the image is damaged. A limit of scans bounds the time.
    /// - Parameter check: Refuses a size before any memory is allocated for it.
    /// - Throws: ``PictureFailure``.
    static func read(
        _ contents: [UInt8], check: (Picture.Size) throws(PictureFailure) -> Void
    ) throws(PictureFailure) -> Picture {
        let decoder = try Decoder()
        var (width, height, sampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let bytes = UInt(contents.count)
        guard tjDecompressHeader3(decoder.handle, contents, bytes, &width, &height, &sampling, &colours) == 0 else {
            throw decoder.failure
        }
        guard colours != Int32(TJCS_CMYK.rawValue), colours != Int32(TJCS_YCCK.rawValue) else {
            throw PictureFailure("its colours are those of a printer (CMYK)")
        }
        let size = Picture.Size(rows: Int(height), columns: Int(width))
        try check(size)
        let isGrey = colours == Int32(TJCS_GRAY.rawValue)
        var pixels = [UInt8](repeating: 0, count: size.pixels * (isGrey ? 1 : 3))
        let format = isGrey ? TJPF_GRAY : TJPF_RGB
        let status = tjDecompress2(
            decoder.handle, contents, bytes, &pixels, width, 0, height, Int32(format.rawValue),
            TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
        guard status == 0 else { throw decoder.failure }
        return Picture(channels: isGrey ? 1 : 3, size: size, pixels: pixels)
            .upright(from: orientation(of: contents) ?? 1)
    }

    /// The orientation in the Exif segment; `nil` without one.
    private static func orientation(of contents: [UInt8]) -> Int? {
        /// The big-endian number of two bytes.
        func number(_ offset: Int) -> Int? {
            offset + 1 < contents.count ? Int(contents[offset]) << 8 | Int(contents[offset + 1]) : nil
        }
        var offset = 2
        // A segment is 0xff, its kind, and its length with the two bytes of that; the image follows 0xffda.
        while let marker = number(offset), marker >> 8 == 0xff, marker != 0xffda, let length = number(offset + 2),
            length >= 2
        {
            let end = offset + 2 + length
            if marker == 0xffe1, end <= contents.count,
                contents[(offset + 4)..<end].starts(with: Array("Exif\0\0".utf8))
            {
                return orientation(inTIFF: contents[(offset + 10)..<end])
            }
            offset = end
        }
        return nil
    }

    /// The orientation in the first directory of a TIFF header.
    private static func orientation(inTIFF tiff: ArraySlice<UInt8>) -> Int? {
        let isLittleEndian = tiff.starts(with: Array("II".utf8))
        guard isLittleEndian || tiff.starts(with: Array("MM".utf8)) else { return nil }
        func number(_ offset: Int, _ bytes: Int) -> Int? {
            guard offset + bytes <= tiff.count else { return nil }
            let part = tiff[(tiff.startIndex + offset)...].prefix(bytes)
            return (isLittleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + 12 * entry
            guard let tag = number(offset, 2) else { return nil }
            // The kind of a short is 3.
            if tag == 0x0112 { return number(offset + 2, 2) == 3 ? number(offset + 8, 2) : nil }
        }
        return nil
    }
}
