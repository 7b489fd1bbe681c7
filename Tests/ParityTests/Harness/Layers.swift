import Backend

/// Identity layers, to test the other layers separately.
extension Backend {
    /// An identity batch norm: scale 1, shift 0, running mean 0 and variance 1, epsilon 0.
    func identityNorm(models: Int, channels: Int, relu: Bool = false, pool: MaxPool? = nil) throws -> BatchNorm<
        Parameters
    > {
        func constant(_ value: Float) throws -> Slice {
            try upload(
                StackTensor(models: models, count: channels, Array(repeating: value, count: models * channels)))
        }
        return BatchNorm(
            weight: try constant(1), bias: try constant(0), runningMean: try constant(0),
            runningVariance: try constant(1), relu: relu, pool: pool, epsilon: 0)
    }

    /// An identity convolution before a batch norm; its products with 1 and 0 are exact.
    func identityConvolution(
        of shape: ActivationShape, before norm: BatchNorm<Parameters>
    ) throws -> ConvolutionNorm<Parameters> {
        let channels = shape.channels
        let convolution = Convolution(
            inputChannels: channels, outputChannels: channels, input: shape.image, kernel: Extent(1))
        let identity = (0..<channels * channels).map { Float($0 % (channels + 1) == 0 ? 1 : 0) }
        let weights = StackTensor(
            models: shape.models, count: identity.count,
            Array(repeatElement(identity, count: shape.models).joined()))
        return ConvolutionNorm(convolution, weights: try upload(weights), bias: nil, norm: norm)
    }

    /// A record with the contents of an earlier step, which must be overwritten.
    func staleRecord(_ shape: ActivationShape) throws -> Record {
        Record(
            convolved: try staleActivation(shape),
            mean: try staleParameters(models: shape.models, count: shape.channels),
            rstd: try staleParameters(models: shape.models, count: shape.channels))
    }

    /// Gradients with the contents of an earlier step, which must be overwritten.
    func staleGradients(
        of layer: ConvolutionNorm<Parameters>, models: Int, bias: Bool = false
    ) throws -> ConvolutionNormGradients<Parameters> {
        let channels = layer.convolution.outputChannels
        return ConvolutionNormGradients(
            weights: try staleParameters(models: models, count: layer.convolution.weightCount),
            bias: bias ? try staleParameters(models: models, count: channels) : nil,
            normWeight: try staleParameters(models: models, count: channels),
            normBias: try staleParameters(models: models, count: channels))
    }
}
