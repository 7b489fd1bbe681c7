internal import Backend
internal import CProcessor

/// An image with zero padding, which is not stored.
struct ZeroPaddedImage {
    let pixels: UnsafePointer<Vector>
    let extent: Extent
    /// A row of zeros.
    let zeros: UnsafePointer<Vector>

    /// A row of a channel, of which only columns with ``hasColumn(_:)`` may be read.
    @inline(__always)
    func row(_ row: Int, channel: Int) -> UnsafePointer<Vector> {
        row >= 0 && row < extent.height ? pixels + (channel * extent.height + row) * extent.width : zeros
    }

    @inline(__always)
    func hasColumn(_ column: Int) -> Bool { column >= 0 && column < extent.width }
}

/// Four channels that are processed together.
struct Quad {
    var first = Vector()
    var second = Vector()
    var third = Vector()
    var fourth = Vector()

    /// Adds the products of one vector with a weight for each channel.
    @inline(__always)
    mutating func add(_ weights: UnsafePointer<Float>, _ values: Vector) {
        first.addProduct(Vector(repeating: weights[0]), values)
        second.addProduct(Vector(repeating: weights[1]), values)
        third.addProduct(Vector(repeating: weights[2]), values)
        fourth.addProduct(Vector(repeating: weights[3]), values)
    }

    @inline(__always)
    static func + (left: Quad, right: Quad) -> Quad {
        Quad(
            first: left.first + right.first, second: left.second + right.second, third: left.third + right.third,
            fourth: left.fourth + right.fourth)
    }

    @inline(__always)
    static func - (left: Quad, right: Quad) -> Quad {
        Quad(
            first: left.first - right.first, second: left.second - right.second, third: left.third - right.third,
            fourth: left.fourth - right.fourth)
    }
}

// In an extension, because an initialiser in the structure would replace the memberwise one.
extension Quad {
    /// The same number in all lanes of each channel.
    @inline(__always)
    init(repeating numbers: UnsafePointer<Float>) {
        self.init(
            first: Vector(repeating: numbers[0]), second: Vector(repeating: numbers[1]),
            third: Vector(repeating: numbers[2]), fourth: Vector(repeating: numbers[3]))
    }

    /// Four successive vectors.
    @inline(__always)
    init(_ vectors: UnsafePointer<Vector>) {
        self.init(first: vectors[0], second: vectors[1], third: vectors[2], fourth: vectors[3])
    }

    /// Writes a pixel of each channel, or adds it to the contents of memory.
    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Vector>, channelStride: Int, accumulate: Bool) {
        var values = self
        if accumulate {
            values.first += target[0]
            values.second += target[channelStride]
            values.third += target[2 * channelStride]
            values.fourth += target[3 * channelStride]
        }
        target[0] = values.first
        target[channelStride] = values.second
        target[2 * channelStride] = values.third
        target[3 * channelStride] = values.fourth
    }
}

/// The memory of a tile of two by two result pixels.
struct OutputTile {
    /// The first pixel in the first channel of a block.
    let pixel: UnsafeMutablePointer<Vector>
    let channelStride: Int
    let rowStride: Int
    /// Whether the second row and the second column are in the result.
    let (hasSecondRow, hasSecondColumn): (Bool, Bool)
    /// Whether to add to the contents of memory.
    let accumulate: Bool

    init(
        row: Int, column: Int, of result: UnsafeMutablePointer<Vector>, extent: Extent, channel: Int, accumulate: Bool
    ) {
        pixel = result + channel * extent.area + row * extent.width + column
        (channelStride, rowStride) = (extent.area, extent.width)
        (hasSecondRow, hasSecondColumn) = (row + 1 < extent.height, column + 1 < extent.width)
        self.accumulate = accumulate
    }

    /// Prefetches the cache lines of the tile in successive channels, before the products are computed.
    ///
    /// Otherwise the stores would wait for them: the lines of a tile are too far apart for the hardware prefetcher.
    @inline(__always)
    func prefetch(channels: Int) {
        for channel in 0..<channels {
            let target = pixel + channel * channelStride
            processorPrefetchForWriting(target)
            processorPrefetchForWriting(target + 1)
            processorPrefetchForWriting(target + rowStride)
            processorPrefetchForWriting(target + rowStride + 1)
        }
    }

    /// Writes a column of the tile in four successive channels.
    @inline(__always)
    func store(column: Int, channel: Int, _ top: Quad, _ bottom: Quad) {
        let target = pixel + channel * channelStride + column
        top.store(target, channelStride: channelStride, accumulate: accumulate)
        if hasSecondRow {
            bottom.store(target + rowStride, channelStride: channelStride, accumulate: accumulate)
        }
    }
}
