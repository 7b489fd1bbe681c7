internal import Backend

/// The direct sum of products, for every shape.
final class DirectConvolution: ConvolutionAlgorithm {
    private let plan: ConvolutionPlan

    static var blockChannels: Int { ConvolutionTile.channels }

    init(_ plan: ConvolutionPlan) {
        self.plan = plan
    }

    var resultChannels: Int { plan.resultChannels }
    var packedCount: Int { plan.packedCount }
    /// The padded source and one tile.
    var scratchCount: Int { plan.paddedCount + ConvolutionTile.channels * ConvolutionTile.pixels }

    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        plan.pack(weights, into: packed)
    }

    /// Cache blocking: pixels are the outer loop, so that the part of the image that a tile reads stays in the first-level
    /// cache for all blocks of channels.
    func convolve(
        _ source: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        var image = source
        if !plan.isUnpadded {
            plan.pad(source, padding: nil, into: scratch)
            image = UnsafePointer(scratch)
        }
        let partialTile = scratch + plan.paddedCount
        let width = ConvolutionTile.channels
        let (blocks, channels, area) = (channelBlocks, resultChannels, plan.resultArea)
        for phase in plan.phases {
            let (taps, offsets, starts, pixels) =
                (phase.taps, phase.offsets.pointer, phase.starts.pointer, phase.pixels.pointer)
            let count = phase.starts.count
            let weights = packed + phase.packedBlock * width
            for pixel in stride(from: 0, to: count, by: ConvolutionTile.pixels) {
                // A partial last tile repeats its last pixel.
                let (second, third) = (min(pixel + 1, count - 1), min(pixel + 2, count - 1))
                let source = Triple(
                    first: image + starts[pixel], second: image + starts[second], third: image + starts[third])
                for block in 0..<blocks {
                    let firstChannel = block * width
                    let target = result + firstChannel * area
                    let targets = Triple(
                        first: target + pixels[pixel], second: target + pixels[second], third: target + pixels[third])
                    if firstChannel + width <= channels {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel, result: targets, resultStride: area, accumulate: accumulate)
                    } else {
                        convolveTile(
                            source: source, offsets: offsets, taps: taps, weights: weights + block * taps * width,
                            bias: bias + firstChannel,
                            result: Triple(first: partialTile, second: partialTile + 1, third: partialTile + 2),
                            resultStride: ConvolutionTile.pixels, accumulate: false)
                        for channel in 0..<channels - firstChannel {
                            Triple(
                                first: partialTile[channel * ConvolutionTile.pixels],
                                second: partialTile[channel * ConvolutionTile.pixels + 1],
                                third: partialTile[channel * ConvolutionTile.pixels + 2]
                            ).store(targets, at: channel * area, accumulate: accumulate)
                        }
                    }
                }
            }
        }
    }
}
