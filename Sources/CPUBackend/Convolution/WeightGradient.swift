internal import Backend

/// The sums of a convolution's parameter gradients.
///
/// Lane groups are processed in chunks of 32 samples, for any number of threads. A chunk sums over its pixels and groups in
/// vectors, and over the lanes once, at its end. A ``PairwiseReduction`` adds the chunks of a model.
///
/// Each sum of a chunk is that over its groups, one after the other, of the sums over blocks of pixels. Two ways of doing this
/// differ in what stays in the caches:
///
/// - The sums are in memory, and each lane group adds to all of them while its values are in the cache.
/// - With many channels the sums are larger than the caches, and with small images a group adds few pixels to each. Then the chunk
///   keeps the images of its groups, and sums one tile over all of them before the next.
struct WeightGradientJob {
    let plan: ConvolutionPlan

    /// Cache blocking: the operands of this many pixels stay in the first-level cache.
    private static let pixelsPerBlock = 64
    /// The bytes of sums in memory, above which small images are kept instead.
    private static let largestSums = 1 << 19
    /// The source channels of a block, whose images stay in the second-level cache: a multiple of ``ConvolutionTile/pixels``, so
    /// that tiles do not overlap blocks.
    private static let channelsPerBlock = 24

    init(plan: ConvolutionPlan) {
        self.plan = plan
        let sums = plan.channelBlocks * Self.tiles(of: plan.phases[0].taps) * Self.tileSize
        keepsImages =
            plan.resultArea <= Self.pixelsPerBlock && sums * MemoryLayout<Vector>.stride > Self.largestSums
        tileCount = keepsImages ? 1 : sums / Self.tileSize
    }

    /// Whether a chunk keeps the images of its groups until its end.
    private let keepsImages: Bool
    /// The number of tiles of sums in memory.
    private let tileCount: Int

    private static var tileSize: Int { ConvolutionTile.channels * ConvolutionTile.pixels }
    private static func tiles(of taps: Int) -> Int { (taps + ConvolutionTile.pixels - 1) / ConvolutionTile.pixels }

    private var channels: Int { plan.resultChannels }
    private var taps: Int { plan.phases[0].taps }
    /// The number of vectors of the sums in memory, those of the bias included.
    private var sumCount: Int { tileCount * Self.tileSize + channels }
    /// The number of vectors of a gradient of a lane group.
    private var gradientCount: Int { channels * plan.resultArea }

    /// The number of scratch vectors of a worker, of which ``Sums/free`` has at least `free`.
    func scratchCount(free: Int) -> Int {
        keepsImages
            ? sumCount + SampleChunk.groups * plan.paddedCount + free : sumCount + max(free, plan.paddedCount)
    }
    /// The number of floats of a chunk's result: the weight gradients, then the bias gradients.
    var partialCount: Int { channels * taps + channels }

    /// The sums of a chunk in the scratch memory of a worker.
    struct Sums {
        fileprivate let tiles: UnsafeMutablePointer<Vector>
        fileprivate let bias: UnsafeMutablePointer<Vector>
        /// The padded images of the groups, if the chunk keeps them, and the gradients that belong to them.
        fileprivate let images: UnsafeMutablePointer<Vector>
        fileprivate var groups = 0
        fileprivate var gradients: UnsafePointer<Vector>?
        /// Memory that is free between two calls.
        let free: UnsafeMutablePointer<Vector>
    }

    /// Starts a chunk.
    func start(in scratch: UnsafeMutablePointer<Vector>) -> Sums {
        scratch.update(repeating: Vector(), count: sumCount)
        let images = scratch + sumCount
        return Sums(
            tiles: scratch, bias: images - channels, images: images,
            free: keepsImages ? images + SampleChunk.groups * plan.paddedCount : images)
    }

    /// Adds the products of the chunk's next lane group.
    ///
    /// - Parameter gradient: the gradient of the convolution's output, with zeros in the lanes without samples. The gradients of
    ///   the groups follow each other in memory, and stay there until the chunk ends.
    func add(_ input: UnsafePointer<Vector>, _ gradient: UnsafePointer<Vector>, used: Int, to sums: inout Sums) {
        // The contents of a lane without a sample may be NaN, and zero times NaN is NaN.
        let padding = used < Lanes.width ? Lanes.padding(after: used) : nil
        if keepsImages {
            plan.pad(input, padding: padding, into: sums.images + sums.groups * plan.paddedCount)
            if sums.groups == 0 { sums.gradients = gradient }
            sums.groups += 1
            addBias(gradient, pixels: plan.resultArea, to: sums)
            return
        }
        var image = input
        if !plan.isUnpadded || padding != nil {
            plan.pad(image, padding: padding, into: sums.free)
            image = UnsafePointer(sums.free)
        }
        for pixel in stride(from: 0, to: plan.resultArea, by: Self.pixelsPerBlock) {
            let pixels = min(Self.pixelsPerBlock, plan.resultArea - pixel)
            var tile = sums.tiles
            for channel in stride(from: 0, to: channels, by: ConvolutionTile.channels) {
                for tap in stride(from: 0, to: taps, by: ConvolutionTile.pixels) {
                    add(image, gradient, channel: channel, tap: tap, firstPixel: pixel, pixels: pixels, to: tile)
                    tile += Self.tileSize
                }
            }
            addBias(gradient + pixel, pixels: pixels, to: sums)
        }
    }

    /// Adds the products of some pixels of a lane group to a tile.
    @inline(__always)
    private func add(
        _ image: UnsafePointer<Vector>, _ gradient: UnsafePointer<Vector>, channel: Int, tap: Int, firstPixel: Int,
        pixels: Int, to tile: UnsafeMutablePointer<Vector>
    ) {
        let phase = plan.phases[0]
        let (offsets, area) = (phase.offsets.pointer, plan.resultArea)
        accumulateWeightGradientTile(
            gradient: gradient + channel * area + firstPixel, gradientStride: area,
            channels: min(ConvolutionTile.channels, channels - channel),
            taps: Triple(
                first: image + offsets[tap], second: image + offsets[min(tap + 1, taps - 1)],
                third: image + offsets[min(tap + 2, taps - 1)]),
            starts: phase.starts.pointer + firstPixel, pixels: pixels, sums: tile)
    }

    private func addBias(_ gradient: UnsafePointer<Vector>, pixels: Int, to sums: Sums) {
        for channel in 0..<channels {
            sums.bias[channel] += sum(of: gradient + channel * plan.resultArea, count: pixels)
        }
    }

    /// Ends a chunk by summing over the lanes.
    func finish(_ sums: Sums, partial: UnsafeMutablePointer<Float>) {
        if keepsImages {
            sumImages(sums, partial: partial)
        } else {
            var tile = UnsafePointer(sums.tiles)
            for channel in stride(from: 0, to: channels, by: ConvolutionTile.channels) {
                for tap in stride(from: 0, to: taps, by: ConvolutionTile.pixels) {
                    finish(tile, channel: channel, tap: tap, partial: partial)
                    tile += Self.tileSize
                }
            }
        }
        for channel in 0..<channels { partial[channels * taps + channel] = laneSum(sums.bias[channel]) }
    }

    /// Sums the tiles one after the other over the lane groups that the chunk has kept.
    private func sumImages(_ sums: Sums, partial: UnsafeMutablePointer<Float>) {
        guard let gradients = sums.gradients else {
            partial.update(repeating: 0, count: channels * taps)
            return
        }
        let block = Self.channelsPerBlock * taps / plan.sourceChannels
        for firstTap in stride(from: 0, to: taps, by: block) {
            for channel in stride(from: 0, to: channels, by: ConvolutionTile.channels) {
                for tap in stride(from: firstTap, to: min(firstTap + block, taps), by: ConvolutionTile.pixels) {
                    sums.tiles.update(repeating: Vector(), count: Self.tileSize)
                    for group in 0..<sums.groups {
                        add(
                            sums.images + group * plan.paddedCount, gradients + group * gradientCount, channel: channel,
                            tap: tap, firstPixel: 0, pixels: plan.resultArea, to: sums.tiles)
                    }
                    finish(sums.tiles, channel: channel, tap: tap, partial: partial)
                }
            }
        }
    }

    /// Writes the sums of a tile over the lanes.
    private func finish(
        _ tile: UnsafePointer<Vector>, channel: Int, tap: Int, partial: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<min(ConvolutionTile.channels, channels - channel) {
            let target = partial + (channel + row) * taps + tap
            for column in 0..<min(ConvolutionTile.pixels, taps - tap) {
                target[column] = laneSum(tile[row * ConvolutionTile.pixels + column])
            }
        }
    }

    /// Writes the sums of a model to the gradients.
    func write(
        _ partial: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>?,
        biasGradient: UnsafeMutablePointer<Float>?
    ) {
        weightGradient?.update(from: partial, count: channels * taps)
        biasGradient?.update(from: partial + channels * taps, count: channels)
    }
}
