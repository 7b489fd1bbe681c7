internal import Backend

/// A plan with the weights of every model as the micro-kernel reads them.
struct PackedConvolution {
    let plan: ConvolutionPlan
    /// For each model, a bias for each channel of all blocks, then the weights.
    private let packed: UnsafeMutablePointer<Float>

    /// - Parameter memory: room for ``count(_:models:)`` numbers.
    init(_ plan: ConvolutionPlan, in memory: UnsafeMutablePointer<Float>) {
        self.plan = plan
        packed = memory
    }

    /// Numbers of all models.
    static func count(_ plan: ConvolutionPlan, models: Int) -> Int { models * modelStride(plan) }

    private static func modelStride(_ plan: ConvolutionPlan) -> Int { biasCount(plan) + plan.packedCount }
    private static func biasCount(_ plan: ConvolutionPlan) -> Int { plan.channelBlocks * ConvolutionTile.channels }

    /// The numbers of one model.
    private func bias(_ model: Int) -> UnsafeMutablePointer<Float> { packed + model * Self.modelStride(plan) }
    private func weights(_ model: Int) -> UnsafeMutablePointer<Float> { bias(model) + Self.biasCount(plan) }

    /// Packs one model's weights.
    func pack(_ model: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
        plan.pack(weights, into: self.weights(model))
        self.bias(model).update(repeating: 0, count: Self.biasCount(plan))
        if let bias { self.bias(model).update(from: bias, count: plan.resultChannels) }
    }

    /// Makes the convolution of a model compute `(x - mean) scale + shift` of each channel instead of `x`.
    func fold(_ model: Int, _ normalization: (_ channel: Int) -> ChannelNormalization) {
        let width = ConvolutionTile.channels
        for channel in 0..<plan.resultChannels {
            let channelNorm = normalization(channel)
            let bias = bias(model) + channel
            bias.pointee = (bias.pointee - channelNorm.mean) * channelNorm.scale + channelNorm.shift
            for phase in plan.phases {
                let (block, row) = channel.quotientAndRemainder(dividingBy: width)
                let first = weights(model) + (phase.packedBlock + block * phase.taps) * width + row
                for tap in 0..<phase.taps { first[tap * width] *= channelNorm.scale }
            }
        }
    }

    /// Vectors of a worker's own: the source with its padding, one tile.
    var scratchCount: Int { plan.paddedCount + ConvolutionTile.channels * ConvolutionTile.pixels }

    /// Computes one lane group of a model.
    /// - Parameters:
    ///   - source: as it is stored, without padding.
    ///   - accumulate: adds to what is in `result`.
    func convolve(
        _ model: Int, _ source: UnsafePointer<Vector>, accumulate: Bool = false,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        var image = source
        if !plan.isUnpadded {
            plan.pad(source, padding: nil, into: scratch)
            image = UnsafePointer(scratch)
        }
        plan.convolve(
            image, packed: weights(model), bias: bias(model), accumulate: accumulate,
            spill: scratch + plan.paddedCount, result: result)
    }
}

extension CPUBackend {
    /// Packs the weights of all models that have samples.
    func pack(
        _ weights: Slice, bias: Slice?, folding norm: BatchNorm<CPUParameters>? = nil, as plan: ConvolutionPlan,
        counts: SampleCounts
    ) throws(BackendError) -> PackedConvolution {
        let packed = PackedConvolution(
            plan, in: try packedWeights.reserve(PackedConvolution.count(plan, models: counts.models), of: Float.self))
        pool.run(counts.models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            packed.pack(model, weights: weights.model(model), bias: bias?.model(model))
            if let norm { packed.fold(model) { ChannelNormalization(running: norm, model: model, channel: $0) } }
        }
        return packed
    }

    func plans(for convolution: Convolution) throws(BackendError) -> ConvolutionPlans {
        if let plans = convolutionPlans[convolution] { return plans }
        let plans = ConvolutionPlans(
            forward: try ConvolutionPlan(forward: convolution),
            inputGradient: try ConvolutionPlan(inputGradientOf: convolution))
        convolutionPlans[convolution] = plans
        return plans
    }
}

extension ConvolutionPlan {
    /// Computes all channels and pixels of one lane group.
    ///
    /// Pixels are the outer loop, so that the part of the image a tile reads stays in the first-level cache for all
    /// blocks of channels.
    /// - Parameters:
    ///   - image: the padded source.
    ///   - packed: the model's weights as ``pack(_:into:)`` leaves them.
    ///   - bias: a number for each channel of all blocks.
    ///   - spill: room for one tile.
    func convolve(
        _ image: UnsafePointer<Vector>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, accumulate: Bool,
        spill: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        let width = ConvolutionTile.channels
        let (blocks, channels, area) = (channelBlocks, resultChannels, resultArea)
        for phase in phases {
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
