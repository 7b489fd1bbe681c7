import CPNG

/// PNG images in memory, through libpng's simplified interface.
enum PNGFile {
    /// libpng's description of an image, which must not move in memory.
    private final class Image {
        let pointer: UnsafeMutablePointer<png_image>

        init() {
            pointer = .allocate(capacity: 1)
            pointer.initialize(to: png_image())
            pointer.pointee.version = UInt32(PNG_IMAGE_VERSION)
        }

        deinit {
            png_image_free(pointer)
            pointer.deallocate()
        }

        /// What libpng says of the last call.
        var message: String {
            withUnsafeBytes(of: pointer.pointee.message) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
    }

    /// Whether contents begin as a PNG image does.
    static func isPNG(_ contents: [UInt8]) -> Bool { contents.starts(with: [0x89, 0x50, 0x4e, 0x47]) }

    /// Decodes an image: 16 bits become 8 by rounding, a palette becomes colours, and transparency is left out.
    ///
    /// - Parameter check: Refuses a size before any memory is allocated for it.
    /// - Throws: ``PictureFailure``.
    static func read(
        _ contents: [UInt8], check: (Picture.Size) throws(PictureFailure) -> Void
    ) throws(PictureFailure) -> Picture {
        let image = Image()
        // libpng reads the contents in both calls, so they must not move between them.
        let result: Result<Picture, PictureFailure> = contents.withUnsafeBytes { bytes in
            Result { () throws(PictureFailure) in
                guard png_image_begin_read_from_memory(image.pointer, bytes.baseAddress, bytes.count) != 0 else {
                    throw PictureFailure(image.message)
                }
                let size = Picture.Size(
                    rows: Int(image.pointer.pointee.height), columns: Int(image.pointer.pointee.width))
                try check(size)
                return try finish(image, size: size)
            }
        }
        return try result.get()
    }

    private static func finish(_ image: Image, size: Picture.Size) throws(PictureFailure) -> Picture {
        let format = image.pointer.pointee.format
        let (hasAlpha, hasColour) = (format & 1 != 0, format & 2 != 0)
        // The channels that are there, in bytes; the flag says that 16 bits without a known curve have that of 8 bits.
        image.pointer.pointee.format = format & 3
        image.pointer.pointee.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
        let channels = hasColour ? 3 : 1
        let stored = channels + (hasAlpha ? 1 : 0)
        var pixels = [UInt8](repeating: 0, count: size.pixels * stored)
        guard png_image_finish_read(image.pointer, nil, &pixels, Int32(size.columns * stored), nil) != 0 else {
            throw PictureFailure(image.message)
        }
        if hasAlpha {
            pixels = (0..<size.pixels).flatMap { pixels[$0 * stored..<$0 * stored + channels] }
        }
        return Picture(channels: channels, size: size, pixels: pixels)
    }

    /// Encodes an image of 1 or 3 channels.
    ///
    /// - Throws: ``PictureFailure``.
    static func encode(_ picture: Picture) throws(PictureFailure) -> [UInt8] {
        let image = Image()
        image.pointer.pointee.width = UInt32(picture.size.columns)
        image.pointer.pointee.height = UInt32(picture.size.rows)
        image.pointer.pointee.format = picture.channels == 3 ? 2 : 0
        let stride = Int32(picture.size.columns * picture.channels)
        var bytes: png_alloc_size_t = 0
        // The first call finds the number of bytes.
        guard png_image_write_to_memory(image.pointer, nil, &bytes, 0, picture.pixels, stride, nil) != 0 else {
            throw PictureFailure(image.message)
        }
        var encoded = [UInt8](repeating: 0, count: Int(bytes))
        guard png_image_write_to_memory(image.pointer, &encoded, &bytes, 0, picture.pixels, stride, nil) != 0 else {
            throw PictureFailure(image.message)
        }
        return encoded
    }
}
