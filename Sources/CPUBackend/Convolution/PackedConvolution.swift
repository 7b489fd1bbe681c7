internal import Backend

/// A convolution with the weights of every model, packed for its algorithm.
struct PackedConvolution {
    private let algorithm: any ConvolutionAlgorithm
    /// For each model, one bias per channel of all blocks, followed by the weights.
    private let packed: UnsafeMutablePointer<Float>
    private let (biasCount, modelStride): (Int, Int)

    /// - Parameter memory: has a capacity of ``count(_:models:)`` numbers.
    init(_ algorithm: any ConvolutionAlgorithm, in memory: UnsafeMutablePointer<Float>) {
        self.algorithm = algorithm
        packed = memory
        biasCount = Self.biasCount(algorithm)
        modelStride = Self.count(algorithm, models: 1)
    }

    /// The number of packed numbers of all models.
    static func count(_ algorithm: any ConvolutionAlgorithm, models: Int) -> Int {
        models * (biasCount(algorithm) + algorithm.packedCount)
    }

    private static func biasCount(_ algorithm: some ConvolutionAlgorithm) -> Int {
        algorithm.channelBlocks * type(of: algorithm).blockChannels
    }

    /// The packed numbers of one model.
    private func bias(_ model: Int) -> UnsafeMutablePointer<Float> { packed + model * modelStride }
    private func weights(_ model: Int) -> UnsafeMutablePointer<Float> { bias(model) + biasCount }

    /// Packs the weights of one model.
    func pack(_ model: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
        algorithm.pack(weights, into: self.weights(model))
        self.bias(model).update(repeating: 0, count: biasCount)
        if let bias { self.bias(model).update(from: bias, count: algorithm.resultChannels) }
    }

    /// Folds the normalisation `(x - mean) scale + shift` of each channel into the weights of a model.
    func fold(_ model: Int, _ normalization: (_ channel: Int) -> ChannelNormalization) {
        let width = type(of: algorithm).blockChannels
        let blockCount = algorithm.packedCount / algorithm.channelBlocks
        for channel in 0..<algorithm.resultChannels {
            let channelNorm = normalization(channel)
            let bias = bias(model) + channel
            bias.pointee = (bias.pointee - channelNorm.mean) * channelNorm.scale + channelNorm.shift
            let block = weights(model) + channel / width * blockCount
            for index in stride(from: channel % width, to: blockCount, by: width) {
                block[index] *= channelNorm.scale
            }
        }
    }

    /// The number of scratch vectors of a worker.
    var scratchCount: Int { algorithm.scratchCount }

    /// Computes one lane group of a model.
    ///
    /// - Parameters:
    ///   - source: as it is stored, without padding.
    ///   - accumulate: adds to the contents of `result`.
    func convolve(
        _ model: Int, _ source: UnsafePointer<Vector>, accumulate: Bool = false,
        scratch: UnsafeMutablePointer<Vector>, result: UnsafeMutablePointer<Vector>
    ) {
        algorithm.convolve(
            source, packed: weights(model), bias: bias(model), accumulate: accumulate, scratch: scratch, result: result)
    }
}

extension CPUBackend {
    /// Packs the weights of all models with samples.
    ///
    /// - Parameter norm: the normalisation of a channel of a model that is folded into the weights; nil for none.
    func pack(
        _ weights: Slice?, bias: Slice?, folding norm: ((_ model: Int, _ channel: Int) -> ChannelNormalization)? = nil,
        for algorithm: any ConvolutionAlgorithm, counts: SampleCounts
    ) throws(BackendError) -> PackedConvolution {
        let count = PackedConvolution.count(algorithm, models: counts.models)
        let packed = PackedConvolution(algorithm, in: try packedWeights.reserve(count, of: Float.self))
        guard let weights else { return packed }
        pool.run(counts.models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            packed.pack(model, weights: weights.model(model), bias: bias?.model(model))
            if let norm { packed.fold(model) { norm(model, $0) } }
        }
        return packed
    }

    /// The algorithms of a layer's convolution, or copies for a layer without one.
    func algorithms(for layer: FusedLayer) throws(BackendError) -> ConvolutionAlgorithms {
        guard let convolution = layer.convolution else { return ConvolutionAlgorithms(copying: layer.input.count) }
        if let algorithms = convolutionAlgorithms[convolution] { return algorithms }
        let algorithms = try ConvolutionAlgorithms(convolution)
        convolutionAlgorithms[convolution] = algorithms
        return algorithms
    }
}
