package import Backend

/// What the forward pass saves: `x`, its moments, and the values that the pooling reads.
package final class ReferenceWorkspace {
    fileprivate var values: ReferenceActivation
    fileprivate var moments: BatchMoments
    /// After norm, residual and ReLU.
    fileprivate var activated: ReferenceActivation
    /// The gradient of ``activated`` before the ReLU.
    fileprivate var gradient: ReferenceActivation

    fileprivate init(_ shape: ActivationShape) {
        values = ReferenceActivation(shape)
        moments = BatchMoments(models: shape.models, channels: shape.channels)
        activated = values
        gradient = values
    }
}

/// Convolution, batch norm, residual, ReLU and pooling, one after another.
extension ReferenceBackend: FusedLayerOperations {
    package func workspaceByteCounts(for layer: FusedLayer, models: Int, samples: Int) -> [Int] { [] }

    package func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int, in memory: [Void]
    ) throws(BackendError) -> ReferenceWorkspace {
        ReferenceWorkspace(ActivationShape(models: models, samples: samples, sample: layer.unpooled))
    }

    package func uncheckedForwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, workspace: ReferenceWorkspace, output: Activation
    ) throws(BackendError) {
        let values = convolved(layer, parameters, input, counts)
        workspace.values = values
        if let norm = layer.norm, let normParameters = parameters.norm {
            workspace.moments = moments(norm, normParameters, of: values, counts: counts)
        }
        workspace.activated = finish(
            layer, parameters, values, workspace.moments, residual: residual, counts: counts, output: output)
    }

    package func uncheckedForwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        let values = convolved(layer, parameters, input, counts)
        var running = BatchMoments(models: 0, channels: 0)
        if let norm = layer.norm, let normParameters = parameters.norm {
            running = runningMoments(norm, normParameters, models: input.shape.models)
        }
        _ = finish(layer, parameters, values, running, residual: residual, counts: counts, output: output)
    }

    package func uncheckedBackwardOutput(
        _ layer: FusedLayer, output: Activation, outputGradient: Activation, counts: SampleCounts,
        workspace: ReferenceWorkspace
    ) throws(BackendError) {
        let activated = workspace.activated
        var gradient = outputGradient
        if let pool = layer.pool {
            gradient = maxPoolGradient(pool, input: activated, outputGradient: outputGradient, counts: counts)
        }
        if layer.relu {
            for index in gradient.values.indices where activated.values[index] <= 0 { gradient.values[index] = 0 }
        }
        workspace.gradient = gradient
    }

    package func uncheckedBackwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation,
        outputGradient: Activation, counts: SampleCounts, workspace: ReferenceWorkspace,
        gradients: FusedLayerGradients<Parameters>, inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError) {
        var gradient = workspace.gradient
        if let norm = parameters.norm, let weight = gradients.normWeight, let bias = gradients.normBias {
            gradient = normalizeGradient(
                norm, input: workspace.values, outputGradient: gradient, moments: workspace.moments, counts: counts,
                weightGradient: weight, biasGradient: bias)
        }
        if let convolution = layer.convolution, let weights = parameters.weights, let target = gradients.weights {
            convolveParameterGradients(
                convolution, input: input, outputGradient: gradient, counts: counts, weightGradient: target,
                biasGradient: gradients.bias)
            if let inputGradient {
                convolveInputGradient(
                    convolution, outputGradient: gradient, weights: weights, counts: counts, accumulate: accumulate,
                    inputGradient: inputGradient)
            }
        } else if let inputGradient {
            for index in inputGradient.values.indices {
                inputGradient.values[index] = stored(
                    (accumulate ? inputGradient.values[index] : 0) + gradient.values[index])
            }
        }
    }

    /// `x` of ``FusedLayer``.
    private func convolved(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, _ input: Activation, _ counts: SampleCounts
    ) -> Activation {
        let shape = ActivationShape(models: input.shape.models, samples: input.shape.samples, sample: layer.unpooled)
        let values = ReferenceActivation(shape)
        if let convolution = layer.convolution, let weights = parameters.weights {
            convolve(
                convolution, input: input, weights: weights, bias: parameters.bias, counts: counts, output: values)
        } else {
            values.values = input.values
        }
        values.clearPadding(counts)
        return values
    }

    /// What follows the convolution; returns the values before the pooling.
    private func finish(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, _ values: Activation,
        _ moments: BatchMoments, residual: Activation?, counts: SampleCounts, output: Activation
    ) -> Activation {
        let activated = ReferenceActivation(values.shape)
        activated.values = values.values
        if let norm = parameters.norm {
            activated.values = normalize(norm, input: values, moments: moments, counts: counts).values
        }
        if let residual {
            for index in activated.values.indices { activated.values[index] += residual.values[index] }
        }
        if layer.relu {
            for index in activated.values.indices where activated.values[index] <= 0 { activated.values[index] = 0 }
        }
        activated.clearPadding(counts)
        if let pool = layer.pool {
            maxPool(pool, input: activated, counts: counts, output: output)
        } else {
            output.values = activated.values
        }
        output.values = output.values.map(stored)
        output.clearPadding(counts)
        return activated
    }
}
