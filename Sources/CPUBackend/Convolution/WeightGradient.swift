internal import Backend

/// The sums of a convolution's parameter gradients.
///
/// Lane groups are processed in chunks of 32 samples, for any number of threads. A chunk sums over its pixels and groups in
/// vectors, and over the lanes once, at its end. A ``PairwiseReduction`` adds the chunks of a model.
struct WeightGradientJob {
    let plan: ConvolutionPlan

    /// Cache blocking: the operands of this many pixels stay in the first-level cache.
    private static let pixelsPerBlock = 64

    init(plan: ConvolutionPlan) {
        self.plan = plan
    }

    private var channels: Int { plan.resultChannels }
    private var taps: Int { plan.phases[0].taps }
    private var tapTiles: Int { (taps + ConvolutionTile.pixels - 1) / ConvolutionTile.pixels }
    private var tileSize: Int { ConvolutionTile.channels * ConvolutionTile.pixels }

    /// The number of scratch vectors of a worker, of which ``Sums/free`` has at least `free`.
    func scratchCount(free: Int) -> Int { sumCount + max(free, plan.paddedCount) }
    /// The number of sums of all tiles and of the bias.
    private var sumCount: Int { plan.channelBlocks * tapTiles * tileSize + channels }
    /// The number of floats of a chunk's result: the weight gradients, then the bias gradients.
    var partialCount: Int { channels * taps + channels }

    /// The sums of a chunk in the scratch memory of a worker.
    struct Sums {
        fileprivate let tiles: UnsafeMutablePointer<Vector>
        fileprivate let bias: UnsafeMutablePointer<Vector>
        /// Memory that is free between two calls.
        let free: UnsafeMutablePointer<Vector>
    }

    /// Starts a chunk.
    func start(in scratch: UnsafeMutablePointer<Vector>) -> Sums {
        scratch.update(repeating: Vector(), count: sumCount)
        let bias = scratch + sumCount - channels
        return Sums(tiles: scratch, bias: bias, free: bias + channels)
    }

    /// Adds the products of one lane group.
    ///
    /// - Parameter gradient: the gradient of the convolution's output, with zeros in the lanes without samples.
    func add(_ input: UnsafePointer<Vector>, _ gradient: UnsafePointer<Vector>, used: Int, to sums: Sums) {
        let width = ConvolutionTile.channels
        let (taps, area, channels) = (self.taps, plan.resultArea, self.channels)
        let offsets = plan.phases[0].offsets.pointer
        let starts = plan.phases[0].starts.pointer
        // The contents of a lane without a sample may be NaN, and zero times NaN is NaN.
        let padding = used < Lanes.width ? Lanes.padding(after: used) : nil
        var image = input
        if !plan.isUnpadded || padding != nil {
            plan.pad(image, padding: padding, into: sums.free)
            image = UnsafePointer(sums.free)
        }
        for pixel in stride(from: 0, to: area, by: Self.pixelsPerBlock) {
            let pixels = min(Self.pixelsPerBlock, area - pixel)
            var tile = sums.tiles
            for channel in stride(from: 0, to: channels, by: width) {
                for tap in stride(from: 0, to: taps, by: ConvolutionTile.pixels) {
                    accumulateWeightGradientTile(
                        gradient: gradient + channel * area + pixel, gradientStride: area,
                        channels: min(width, channels - channel),
                        taps: Triple(
                            first: image + offsets[tap], second: image + offsets[min(tap + 1, taps - 1)],
                            third: image + offsets[min(tap + 2, taps - 1)]),
                        starts: starts + pixel, pixels: pixels, sums: tile)
                    tile += tileSize
                }
            }
            for channel in 0..<channels {
                sums.bias[channel] += sum(of: gradient + channel * area + pixel, count: pixels)
            }
        }
    }

    /// Ends a chunk by summing over the lanes.
    func finish(_ sums: Sums, partial: UnsafeMutablePointer<Float>) {
        let width = ConvolutionTile.channels
        var tile = UnsafePointer(sums.tiles)
        for firstChannel in stride(from: 0, to: channels, by: width) {
            for firstTap in stride(from: 0, to: taps, by: ConvolutionTile.pixels) {
                for row in 0..<min(width, channels - firstChannel) {
                    let target = partial + (firstChannel + row) * taps + firstTap
                    for column in 0..<min(ConvolutionTile.pixels, taps - firstTap) {
                        target[column] = laneSum(tile[row * ConvolutionTile.pixels + column])
                    }
                }
                tile += tileSize
            }
        }
        for channel in 0..<channels { partial[channels * taps + channel] = laneSum(sums.bias[channel]) }
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
