/// One decoded image, with the channels of a pixel one after another: `[row][column][channel]`.
struct Picture: Equatable {
    /// The rows and columns of an image.
    struct Size: Equatable, CustomStringConvertible {
        var rows: Int
        var columns: Int

        /// Rows and columns, as `28 x 28`.
        var description: String { "\(rows) x \(columns)" }

        /// The number of pixels.
        var pixels: Int { rows * columns }
    }

    /// The greatest number of pixels of an image that is decoded, which bounds the memory for a damaged file.
    static let greatestPixels = 100_000_000

    /// 1 for grey, 3 for red, green and blue.
    let channels: Int
    let size: Size
    let pixels: [UInt8]

    /// Creates an image whose pixels are those of another one.
    ///
    /// - Parameter source: The row and the column of a pixel in the other image.
    private init(_ other: Picture, size: Size, from source: (_ row: Int, _ column: Int) -> (row: Int, column: Int)) {
        let channels = other.channels
        self.channels = channels
        self.size = size
        pixels = [UInt8](unsafeUninitializedCapacity: size.pixels * channels) { buffer, count in
            for row in 0..<size.rows {
                for column in 0..<size.columns {
                    let place = source(row, column)
                    let start = (place.row * other.size.columns + place.column) * channels
                    for channel in 0..<channels {
                        buffer[count] = other.pixels[start + channel]
                        count += 1
                    }
                }
            }
        }
    }

    /// Creates an image from its pixels.
    ///
    /// - Precondition: The number of pixels is that of the size.
    init(channels: Int, size: Size, pixels: [UInt8]) {
        precondition(pixels.count == channels * size.pixels, "\(pixels.count) bytes for \(channels) x \(size)")
        self.channels = channels
        self.size = size
        self.pixels = pixels
    }

    /// The image upright, from the orientation that a camera has recorded: tag 0x0112 of Exif 2.3, 1 to 8.
    func upright(from orientation: Int) -> Picture {
        let (rows, columns) = (size.rows, size.columns)
        let turned = Size(rows: columns, columns: rows)
        return switch orientation {
        case 2: Picture(self, size: size) { ($0, columns - 1 - $1) }
        case 3: Picture(self, size: size) { (rows - 1 - $0, columns - 1 - $1) }
        case 4: Picture(self, size: size) { (rows - 1 - $0, $1) }
        case 5: Picture(self, size: turned) { ($1, $0) }
        case 6: Picture(self, size: turned) { (rows - 1 - $1, $0) }
        case 7: Picture(self, size: turned) { (rows - 1 - $1, columns - 1 - $0) }
        case 8: Picture(self, size: turned) { ($1, columns - 1 - $0) }
        default: self
        }
    }

    /// The square of a side in the middle, as torchvision's `CenterCrop`.
    ///
    /// - Precondition: The side is not greater than that of the image.
    func centre(_ side: Int) -> Picture {
        let top = (Double(size.rows - side) / 2).rounded(.toNearestOrEven)
        let left = (Double(size.columns - side) / 2).rounded(.toNearestOrEven)
        return Picture(self, size: Size(rows: side, columns: side)) { ($0 + Int(top), $1 + Int(left)) }
    }

    /// The pixels in planes, `[channel][row][column]`; a grey image becomes one of three equal channels where those are asked
    /// for.
    func planes(channels: Int) -> [UInt8] {
        self.channels == channels
            ? planar(pixels[...], channels: channels, pixels: size.pixels)
            : (0..<channels).flatMap { _ in pixels }
    }
}
