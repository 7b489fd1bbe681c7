internal import Backend

/// The sum of products as it is written, for every shape.
final class DirectConvolution: ConvolutionAlgorithm {
    private let plan: ConvolutionPlan

    static var blockChannels: Int { ConvolutionTile.channels }

    init(_ plan: ConvolutionPlan) {
        self.plan = plan
    }

    var resultChannels: Int { plan.resultChannels }
    var packedCount: Int { plan.packedCount }
    /// The source with its padding, and one tile.
    var scratchCount: Int { plan.paddedCount + ConvolutionTile.channels * ConvolutionTile.pixels }

    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        plan.pack(weights, into: packed)
    }

    /// Pixels are the outer loop, so that the part of the image a tile reads stays in the first-level cache for all
    /// blocks of channels.
    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        var image = source
        if !plan.isUnpadded {
            plan.pad(source, padding: nil, into: scratch)
            image = UnsafePointer(scratch)
        }
        let spill = scratch + plan.paddedCount
        let width = ConvolutionTile.channels
        let (blocks, channels, area) = (channelBlocks, resultChannels, plan.resultArea)
        for phase in plan.phases {
            let (taps, offsets, starts, pixels) =
                (phase.taps, phase.offsets.pointer, phase.starts.pointer, phase.pixels.pointer)
            let count = phase.starts.count
            let weights = packed + phase.packedBlock * width
            for pixel in stride(from: 0, to: count, by: ConvolutionTile.pixels) {
                // The last tile may be short of pixels and repeats its last one.
                let (second, third) = (min(pixel + 1, count - 1), min(pixel + 2, count - 1))
                let source = Triple(
                    first: image + starts[pixel], second: image + starts[second], third: image + starts[third])
                for block in 0..<blocks {
                    let firstChannel = block * width
                    let target = result + firstChannel * area
                    let places = Triple(
                        first: target + pixels[pixel], second: target + pixels[second], third: target + pixels[third])
                    if firstChannel + width <= channels {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel, result: places, resultStride: area, accumulate: accumulate)
                    } else {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel,
                            result: Triple(first: spill, second: spill + 1, third: spill + 2),
                            resultStride: ConvolutionTile.pixels, accumulate: false)
                        for channel in 0..<channels - firstChannel {
                            Triple(
                                first: spill[channel * 3], second: spill[channel * 3 + 1],
                                third: spill[channel * 3 + 2]
                            ).store(places, at: channel * area, accumulate: accumulate)
                        }
                    }
                }
            }
        }
    }
}
