/// A layer as the backends execute it: a convolution, and what follows it up to the next one.
///
/// Each part is optional:
///
/// ```
/// x = convolution(input)                      or the input itself
/// y = pool(activation(norm(x) + residual))
/// ```
///
/// The parts are one operation, because each of them alone would be a pass over memory. A backend can compute the moments of
/// the batch while it writes the convolution, and can fold the normalisation into the weights in evaluation.
package struct FusedLayer: Hashable, Sendable, CustomStringConvertible {
    /// The shape of an input sample.
    package let input: SampleShape
    /// The convolution; nil if the input is normalised, added, rectified or pooled as it is.
    package let convolution: Convolution?
    /// The batch norm of the convolution's output.
    package var norm: BatchNorm?
    /// Whether a residual of the shape ``unpooled`` is added; it can't be combined with a pooling.
    package var addsResidual: Bool
    /// Whether a ReLU follows.
    package var relu: Bool
    /// The max-pooling at the end.
    package var pool: MaxPool?

    /// A layer that begins with a convolution.
    package init(
        _ convolution: Convolution, norm: BatchNorm? = nil, addsResidual: Bool = false, relu: Bool = false,
        pool: MaxPool? = nil
    ) {
        input = convolution.inputShape
        self.convolution = convolution
        (self.norm, self.addsResidual, self.relu, self.pool) = (norm, addsResidual, relu, pool)
    }

    /// A layer without convolution.
    package init(
        on input: SampleShape, norm: BatchNorm? = nil, addsResidual: Bool = false, relu: Bool = false,
        pool: MaxPool? = nil
    ) {
        self.input = input
        convolution = nil
        (self.norm, self.addsResidual, self.relu, self.pool) = (norm, addsResidual, relu, pool)
    }

    /// The shape of a sample of `x`, before the pooling.
    package var unpooled: SampleShape { convolution?.outputShape ?? input }

    /// The shape of an output sample.
    package var output: SampleShape {
        var shape = unpooled
        if let pool { shape.image = pool.output(for: shape.image) }
        return shape
    }

    package var description: String {
        let parts = [
            convolution?.description ?? "\(input)", norm.map { _ in "batch norm" }, addsResidual ? "residual" : nil,
            relu ? "ReLU" : nil, pool.map { "max-pool \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}

/// The parameters of a ``FusedLayer``: those of the parts that it has.
package struct FusedLayerParameters<Storage: ParameterStorage> {
    /// `[O, C, kernel.height, kernel.width]` of each model, of the convolution.
    package var weights: ParameterSlice<Storage>?
    /// `[O]` of each model; nil without a bias.
    package var bias: ParameterSlice<Storage>?
    /// The numbers of the batch norm.
    package var norm: BatchNormParameters<Storage>?

    package init(
        weights: ParameterSlice<Storage>? = nil, bias: ParameterSlice<Storage>? = nil,
        norm: BatchNormParameters<Storage>? = nil
    ) {
        self.weights = weights
        self.bias = bias
        self.norm = norm
    }
}

/// The parameter gradients of a ``FusedLayer``, each of the size of its parameter; nil for a parameter that the layer has not.
package struct FusedLayerGradients<Storage: ParameterStorage> {
    package var weights: ParameterSlice<Storage>?
    package var bias: ParameterSlice<Storage>?
    /// The gradient of the batch norm's scale.
    package var normWeight: ParameterSlice<Storage>?
    /// The gradient of the batch norm's shift.
    package var normBias: ParameterSlice<Storage>?

    package init(
        weights: ParameterSlice<Storage>? = nil, bias: ParameterSlice<Storage>? = nil,
        normWeight: ParameterSlice<Storage>? = nil, normBias: ParameterSlice<Storage>? = nil
    ) {
        self.weights = weights
        self.bias = bias
        self.normWeight = normWeight
        self.normBias = normBias
    }
}

/// The requirements of a backend for ``FusedLayer``; callers use the checked functions of the same names.
package protocol FusedLayerOperations: StorageOperations {
    /// What the forward pass in training saves for the backward pass.
    ///
    /// Its contents are private to the backend.
    associatedtype Workspace

    /// The sizes in bytes of the blocks of memory that a workspace needs.
    func workspaceByteCounts(for layer: FusedLayer, models: Int, samples: Int) -> [Int]

    /// Makes a workspace in blocks of memory with at least the sizes of ``workspaceByteCounts(for:models:samples:)``.
    ///
    /// The contents must stay from the forward pass to the end of the backward pass of a step.
    func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int, in memory: [Memory]
    ) throws(BackendError) -> Workspace

    /// ``forwardTraining(_:_:input:residual:counts:workspace:output:)`` without checks.
    func uncheckedForwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, workspace: Workspace, output: Activation
    ) throws(BackendError)

    /// ``forwardEvaluation(_:_:input:residual:counts:output:)`` without checks.
    func uncheckedForwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, output: Activation
    ) throws(BackendError)

    /// ``backwardOutput(_:output:outputGradient:counts:workspace:)`` without checks.
    func uncheckedBackwardOutput(
        _ layer: FusedLayer, output: Activation, outputGradient: Activation, counts: SampleCounts,
        workspace: Workspace
    ) throws(BackendError)

    /// ``backwardInput(_:_:input:outputGradient:counts:workspace:gradients:inputGradient:accumulate:)`` without checks.
    func uncheckedBackwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation,
        outputGradient: Activation, counts: SampleCounts, workspace: Workspace,
        gradients: FusedLayerGradients<Parameters>, inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError)
}

extension FusedLayerOperations {
    /// Makes a workspace in memory of its own.
    package func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int
    ) throws(BackendError) -> Workspace {
        var memory: [Memory] = []
        for bytes in workspaceByteCounts(for: layer, models: models, samples: samples) {
            memory.append(try makeMemory(bytes: bytes))
        }
        return try makeWorkspace(for: layer, models: models, samples: samples, in: memory)
    }

    /// The forward pass in training: normalises by the mean and biased variance of the batch, and updates the running estimates
    /// with the mean and *unbiased* variance of the batch.
    ///
    /// The statistics are computed by a numerically stable method (per-tile moments merged by Chan, Golub & LeVeque's
    /// formula, or sums shifted by a value of the channel), never as `E[x^2] - E[x]^2`. A model without samples keeps its
    /// running estimates.
    /// - Parameters:
    ///   - input: `[M, N]` samples of the shape ``FusedLayer/input``.
    ///   - residual: of the shape ``FusedLayer/unpooled``, if the layer adds one.
    ///   - workspace: filled for the backward pass.
    ///   - output: of the shape ``FusedLayer/output``.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``, and
    ///   ``BackendError/singleValuePerChannel(operation:model:)`` if a model has one value per channel and there is a norm.
    package func forwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, workspace: Workspace, output: Activation
    ) throws(BackendError) {
        let call = FusedLayerCall(layer, "forward, training", counts, like: input.shape)
        try call.check(input: input.shape, residual: residual?.shape, output: output.shape)
        try call.check(parameters)
        try call.requireSeveralValues()
        try uncheckedForwardTraining(
            layer, parameters, input: input, residual: residual, counts: counts, workspace: workspace, output: output)
    }

    /// The forward pass in evaluation: normalises by the running estimates and does not change them.
    ///
    /// - Parameters:
    ///   - input: `[M, N]` samples of the shape ``FusedLayer/input``.
    ///   - residual: of the shape ``FusedLayer/unpooled``, if the layer adds one.
    ///   - output: of the shape ``FusedLayer/output``.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func forwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        let call = FusedLayerCall(layer, "forward, evaluation", counts, like: input.shape)
        try call.check(input: input.shape, residual: residual?.shape, output: output.shape)
        try call.check(parameters)
        try uncheckedForwardEvaluation(
            layer, parameters, input: input, residual: residual, counts: counts, output: output)
    }

    /// The first half of the backward pass: through the pooling and the ReLU.
    ///
    /// Let `g` be the output gradient where the ReLU passes the value (`!(y <= 0)`, so that NaN passes, as in PyTorch) and
    /// 0 elsewhere. It is the gradient of the residual.
    ///
    /// The pass has two halves, because after the first nothing reads the output any more: its memory is free for the input
    /// gradient, which the second half writes.
    /// - Parameters:
    ///   - output: the output of the forward pass; its contents are undefined afterwards.
    ///   - outputGradient: becomes `g`; with a pooling, what ``backwardInput(_:_:input:outputGradient:counts:workspace:gradients:inputGradient:accumulate:)``
    ///     needs of it.
    ///   - workspace: as the forward pass has filled it.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func backwardOutput(
        _ layer: FusedLayer, output: Activation, outputGradient: Activation, counts: SampleCounts, workspace: Workspace
    ) throws(BackendError) {
        let call = FusedLayerCall(layer, "backward, output", counts, like: output.shape)
        try call.check(output: output.shape)
        try call.check(output: outputGradient.shape)
        try uncheckedBackwardOutput(
            layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
    }

    /// The second half of the backward pass: the gradients of the parameters and of the input, from `g`.
    ///
    /// The gradient of a pooling window goes to `x` at the argmax index of the window. Let `n` be the number of values per
    /// channel, and `z = (x - mean) * rstd`. Then `normBias = sum g`, `normWeight = sum g z`, and the gradient of `x` is
    /// `weight * rstd * (g - normBias / n - z * normWeight / n)`, or `g` without a norm. The gradients of the convolution's
    /// weights, bias and input follow from it, each as a sum of products over samples and pixels or over taps.
    ///
    /// The parameter gradients of a model without samples are zero.
    /// - Parameters:
    ///   - input: the input of the forward pass.
    ///   - outputGradient: `g`, as the first half leaves it.
    ///   - workspace: as the first half leaves it; its contents are undefined afterwards.
    ///   - inputGradient: receives the gradient of the input, and is not `outputGradient`; nil if it is not needed.
    ///   - accumulate: adds to the contents of `inputGradient`, for an input with several consumers.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func backwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation,
        outputGradient: Activation, counts: SampleCounts, workspace: Workspace,
        gradients: FusedLayerGradients<Parameters>, inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError) {
        let call = FusedLayerCall(layer, "backward, input", counts, like: input.shape)
        try call.check(input: input.shape)
        try call.check(output: outputGradient.shape)
        if let inputGradient {
            try call.check(input: inputGradient.shape)
            guard inputGradient !== outputGradient else {
                throw .shapeMismatch(
                    operation: call.operation, expected: "an input gradient beside the output gradient",
                    found: "one activation for both")
            }
        }
        try call.check(parameters)
        try call.check(gradients, of: parameters)
        try uncheckedBackwardInput(
            layer, parameters, input: input, outputGradient: outputGradient, counts: counts, workspace: workspace,
            gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
    }
}

/// The checks of one call of a layer.
private struct FusedLayerCall {
    let layer: FusedLayer
    let operation: String
    let counts: SampleCounts
    /// The shape of one of the activations, which all have the same numbers of models and samples.
    let stack: ActivationShape
    /// `M`.
    var models: Int { stack.models }

    /// - Parameter shape: of one of the activations.
    init(_ layer: FusedLayer, _ operation: String, _ counts: SampleCounts, like shape: ActivationShape) {
        self.layer = layer
        self.operation = operation
        self.counts = counts
        stack = shape
    }

    func check(input: ActivationShape, residual: ActivationShape?, output: ActivationShape) throws(BackendError) {
        try check(input: input)
        try check(output: output)
        guard layer.addsResidual == (residual != nil), residual == nil || layer.pool == nil else {
            throw .shapeMismatch(
                operation: operation, expected: layer.addsResidual ? "a residual and no pooling" : "no residual",
                found: residual == nil ? "none" : layer.pool == nil ? "one" : "both")
        }
        if let residual { try requireShape(residual, is: stack.with(layer.unpooled), "residual", operation: operation) }
    }

    func check(input: ActivationShape) throws(BackendError) {
        try layer.convolution?.validate(operation: operation)
        try requireShape(input, is: stack.with(layer.input), "input", operation: operation)
        try counts.validate(for: input, operation: operation)
    }

    func check(output: ActivationShape) throws(BackendError) {
        try layer.convolution?.validate(operation: operation)
        if let pool = layer.pool {
            try pool.validate(on: layer.unpooled.image, operation: operation)
            // A backend may save the index of the maximum in 16 bits.
            guard pool.kernel.area <= 1 << 15 else {
                throw .shapeMismatch(
                    operation: operation, expected: "a max-pooling window of at most 32768 values", found: "\(pool)")
            }
        }
        try requireShape(output, is: stack.with(layer.output), "output", operation: operation)
        try counts.validate(for: output, operation: operation)
    }

    func check<Storage>(_ parameters: FusedLayerParameters<Storage>) throws(BackendError) {
        let channels = layer.unpooled.channels
        try check(parameters.weights, count: layer.convolution?.weightCount, "weights")
        try check(
            parameters.bias, count: parameters.bias == nil ? nil : layer.convolution.map { _ in channels }, "bias")
        let norm = parameters.norm
        for slice in [norm?.weight, norm?.bias, norm?.runningMean, norm?.runningVariance] {
            try check(slice, count: layer.norm.map { _ in channels }, "batch-norm parameter")
        }
    }

    func check<Storage>(
        _ gradients: FusedLayerGradients<Storage>, of parameters: FusedLayerParameters<Storage>
    ) throws(BackendError) {
        try check(gradients.weights, count: parameters.weights?.count, "weight gradient")
        try check(gradients.bias, count: parameters.bias?.count, "bias gradient")
        for slice in [gradients.normWeight, gradients.normBias] {
            try check(slice, count: parameters.norm?.weight.count, "batch-norm gradient")
        }
    }

    /// - Parameter count: the expected numbers of each model; nil where there must be no slice.
    private func check<Storage>(
        _ slice: ParameterSlice<Storage>?, count: Int?, _ what: String
    ) throws(BackendError) {
        guard (slice == nil) == (count == nil) else {
            throw .shapeMismatch(
                operation: operation, expected: count == nil ? "no \(what)" : "\(what) [\(models), \(count ?? 0)]",
                found: slice == nil ? "none" : "one")
        }
        if let slice, let count { try slice.validate(models: models, count: count, what, operation: operation) }
    }

    /// Throws ``BackendError/singleValuePerChannel(operation:model:)`` if a model has a single value per channel to normalise.
    func requireSeveralValues() throws(BackendError) {
        guard layer.norm != nil else { return }
        if let model = counts.perModel.firstIndex(where: { $0 * layer.unpooled.image.area == 1 }) {
            throw .singleValuePerChannel(operation: operation, model: model)
        }
    }
}
