package import Backend
import ReferenceBackend

/// A fused layer: forward in training and in evaluation, and backward.
struct FusedLayerCase: ParityOperation {
    var name: String
    var layer: FusedLayer
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    /// Whether the convolution has a bias.
    var bias = true
    /// Whether the input gradient is added to the contents of its memory.
    var accumulate = false
    var values = Values.normal()
    var isSmall = true

    /// The values of the input.
    enum Values: Sendable {
        /// Normal, with a mean in units of the standard deviation; a standard deviation of 0 gives constant channels.
        case normal(mean: Float = 0.5, deviation: Float = 1)
        /// Five integers, so that every window of a pooling has ties; some of the values are NaN if asked for.
        case ties(withNaN: Bool)
    }

    /// The only part of the layer, with a residual and a ReLU around a norm and a ReLU before a pooling.
    var operation: CheckedOperation {
        switch (layer.convolution != nil, layer.norm != nil, layer.pool != nil) {
        case (true, false, false) where !layer.relu && !layer.addsResidual: .convolution
        case (false, true, false): .batchNorm
        case (false, false, true): .maxPool
        default: .fusedLayer
        }
    }

    var poisonable: [String] {
        ["input", "outputGradient"] + (layer.addsResidual ? ["residual"] : [])
    }

    var description: String {
        "\(name): \(layer), \(counts.perModel) of \(capacity) samples"
            + (layer.convolution != nil && bias ? ", bias" : "")
            + (accumulate ? ", accumulate" : "")
    }

    func shape(_ sample: SampleShape, models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, sample: sample)
    }

    // MARK: Inputs

    func makeInputs() throws(BackendError) -> Tensors {
        var randoms = Randoms(seed: layer.input.count + layer.unpooled.count + capacity)
        let channels = layer.unpooled.channels
        let values = values
        func activation(_ sample: SampleShape, _ draw: (inout Randoms) -> Float = { $0.normal() }) -> StackTensor {
            randoms.activation(shape(sample, models: models), counts: counts, draw)
        }
        var inputs = Tensors([
            "input": activation(layer.input) { values.draw(&$0) },
            "residual": activation(layer.unpooled),
            "outputGradient": activation(layer.output),
            "earlierInputGradient": activation(layer.input),
            "weights": randoms.parameters(models: models, count: layer.convolution?.weightCount ?? 1),
            "bias": randoms.parameters(models: models, count: channels),
            "normWeight": randoms.parameters(models: models, count: channels),
            "normBias": randoms.parameters(models: models, count: channels),
        ])
        // The running estimates match the data, so that evaluation normalises it.
        let moments = try batchMoments(inputs)
        inputs["runningMean"] = StackTensor(
            models: models, count: channels,
            moments.map { Float($0.mean) + 0.1 * Float($0.deviation) * randoms.normal() })
        inputs["runningVariance"] = StackTensor(
            models: models, count: channels,
            moments.map { Float($0.deviation * $0.deviation) * (0.5 + randoms.uniform()) })
        // Where rounding decides about a ReLU or about the maximum of a window, a backend may be right either way.
        let ambiguous = try FusedLayerBounds(self, inputs).isAmbiguous
        for index in ambiguous.indices where ambiguous[index] { inputs["outputGradient"].values[index] = 0 }
        return inputs
    }

    /// The mean and the standard deviation of each channel of the convolution's output; those of a model without samples are
    /// 0 and 1.
    private func batchMoments(_ inputs: Tensors) throws(BackendError) -> [(mean: Double, deviation: Double)] {
        let values = try convolved(inputs, on: ReferenceBackend(.double)).values
        return (0..<models * layer.unpooled.channels).map { index in
            let indices = valueIndices(of: index, layer.unpooled)
            guard !indices.isEmpty else { return (0, 1) }
            let mean = indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
            let squares = indices.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
            return mean.isFinite && squares.isFinite ? (mean, (squares / Double(indices.count)).squareRoot()) : (0, 1)
        }
    }

    /// The indices of the values of a channel of a model, in an activation with samples of a shape.
    ///
    /// - Parameter channel: `model * channels + channel`.
    func valueIndices(of channel: Int, _ sample: SampleShape) -> [Int] {
        let (model, channel) = channel.quotientAndRemainder(dividingBy: sample.channels)
        return (0..<counts.perModel[model]).flatMap { index in
            let start = ((model * capacity + index) * sample.channels + channel) * sample.image.area
            return start..<start + sample.image.area
        }
    }

    /// `x` on the reference.
    func convolved(_ inputs: Tensors, on backend: ReferenceBackend) throws(BackendError) -> ReferenceActivation {
        let input = try backend.upload(activation: inputs["input"].paddingFilled(counts) { _ in 0 })
        guard let convolution = layer.convolution else { return input }
        let output = try backend.makeActivation(shape(layer.unpooled, models: models))
        backend.convolve(
            convolution, input: input, weights: try backend.upload(inputs["weights"]),
            bias: bias ? try backend.upload(inputs["bias"]) : nil, counts: counts, output: output)
        return output
    }

    // MARK: Running

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let models = counts.models
        let input = try backend.upload(activation: inputs["input"])
        let residual = layer.addsResidual ? try backend.upload(activation: inputs["residual"]) : nil
        let workspace = try backend.makeWorkspace(for: layer, models: models, samples: capacity)
        func forward(_ parameters: FusedLayerParameters<B.Parameters>) throws(BackendError) -> B.Activation {
            let output = try backend.staleActivation(shape(layer.output, models: models))
            try backend.forwardTraining(
                layer, parameters, input: input, residual: residual, counts: counts, workspace: workspace,
                output: output)
            return output
        }

        var parameters = try makeParameters(inputs, on: backend)
        let evaluated = try backend.staleActivation(shape(layer.output, models: models))
        try backend.forwardEvaluation(
            layer, parameters, input: input, residual: residual, counts: counts, output: evaluated)
        var results = Tensors(["evaluated": try backend.download(evaluated, counts: counts)])

        // Reading an output would materialise it, so the backward pass gets one that nobody has read.
        let output = try forward(parameters)
        if let norm = parameters.norm {
            results["runningMean"] = try backend.download(norm.runningMean)
            results["runningVariance"] = try backend.download(norm.runningVariance)
        }
        let outputGradient = try backend.upload(activation: inputs["outputGradient"])
        let inputGradient = try backend.upload(activation: inputs["earlierInputGradient"])
        let gradients = try backend.staleGradients(of: layer, parameters, models: models)
        try backend.backwardOutput(
            layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
        if layer.addsResidual {
            results["residualGradient"] = try backend.download(outputGradient, counts: counts)
        }
        try backend.backwardInput(
            layer, parameters, input: input, outputGradient: outputGradient, counts: counts, workspace: workspace,
            gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
        results["inputGradient"] = try backend.download(inputGradient, counts: counts)
        for (name, slice) in gradients.byName { results[name] = try backend.download(slice) }

        parameters = try makeParameters(inputs, on: backend)
        results["output"] = try backend.download(forward(parameters), counts: counts)
        return results
    }

    func makeParameters<B: Backend>(
        _ inputs: Tensors, on backend: B
    ) throws(BackendError) -> FusedLayerParameters<B.Parameters> {
        var parameters = FusedLayerParameters<B.Parameters>()
        if layer.convolution != nil {
            parameters.weights = try backend.upload(inputs["weights"])
            if bias { parameters.bias = try backend.upload(inputs["bias"]) }
        }
        if layer.norm != nil {
            parameters.norm = BatchNormParameters(
                weight: try backend.upload(inputs["normWeight"]), bias: try backend.upload(inputs["normBias"]),
                runningMean: try backend.upload(inputs["runningMean"]),
                runningVariance: try backend.upload(inputs["runningVariance"]))
        }
        return parameters
    }

    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        try FusedLayerBounds(self, inputs).tolerances()
    }
}

extension FusedLayerCase.Values {
    fileprivate func draw(_ randoms: inout Randoms) -> Float {
        switch self {
        case .normal(let mean, let deviation): mean * (deviation == 0 ? 1 : deviation) + deviation * randoms.normal()
        case .ties(let withNaN):
            withNaN && randoms.integer(below: 6) == 0 ? .nan : Float(randoms.integer(below: 5) - 2)
        }
    }
}

extension FusedLayerGradients {
    /// The gradients that there are.
    var byName: [(String, ParameterSlice<Storage>)] {
        [
            ("weightGradient", weights), ("biasGradient", bias), ("normWeightGradient", normWeight),
            ("normBiasGradient", normBias),
        ].compactMap { name, slice in slice.map { (name, $0) } }
    }
}

extension Backend {
    /// Gradients with the contents of an earlier step, which must be overwritten.
    package func staleGradients(
        of layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, models: Int
    ) throws(BackendError) -> FusedLayerGradients<Parameters> {
        func stale(_ slice: Slice?) throws(BackendError) -> Slice? {
            guard let slice else { return nil }
            return try staleParameters(models: models, count: slice.count)
        }
        return FusedLayerGradients(
            weights: try stale(parameters.weights), bias: try stale(parameters.bias),
            normWeight: try stale(parameters.norm?.weight), normBias: try stale(parameters.norm?.bias))
    }
}
