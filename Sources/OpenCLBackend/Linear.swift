package import Backend
import Kernels

extension OpenCLBackend {
    /// The outputs of a work-item.
    private func outputTile(_ outputs: Int) -> Int {
        largestDivisor(of: outputs, atMost: configuration.tiles.outputs)
    }

    /// The outputs of a work-item in the parameter gradients.
    private func gradientTile(_ outputs: Int) -> Int {
        largestDivisor(of: outputs, atMost: configuration.tiles.gradientOutputs)
    }

    /// The features of a work-item in the gradients.
    private func featureTile(_ features: Int) -> Int {
        largestDivisor(of: features, atMost: configuration.tiles.features)
    }

    /// The groups of lanes of a work-item in the forward pass.
    private func groupTile(_ groups: Int) -> Int { min(configuration.tiles.groups, groups) }

    /// The kernels of a layer: forward, input gradient, parameter gradients.
    private func kernels(features: Int, outputs: Int, groups: Int) throws(BackendError) -> [Kernel] {
        try library.kernels(
            ["multiply", "multiplyTransposed", "multiplyParameterGradients"], in: .gemm,
            for: [features, outputs, groups],
            constants: constants(
                slices: 1,
                [
                    "FEATURES": features, "OUTPUTS": outputs, "GROUPS": groups, "OUTPUT_TILE": outputTile(outputs),
                    "FEATURE_TILE": featureTile(features), "GROUP_TILE": groupTile(groups),
                    "GRADIENT_TILE": gradientTile(outputs),
                ]))
    }

    /// The work of a product, which reads two matrices and writes the third.
    private func work(features: Int, outputs: Int, models: Int, counts: SampleCounts) -> KernelWork {
        KernelWork(
            flops: 2 * features * outputs * counts.total,
            floats: counts.total * (features + outputs) + models * features * outputs)
    }

    package func linear(
        input: OpenCLActivation, weights: Slice, bias: Slice, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: output.shape, weights: weights, bias: bias, counts: counts,
            operation: "linear")
        try pendingSums.flush()
        let (features, outputs, models) = (input.shape.valuesPerSample, output.shape.channels, input.shape.models)
        let kernel = try kernels(features: features, outputs: outputs, groups: input.groups)[0]
        try queue.launch(
            kernel,
            groups: WorkSize(
                x: 1, y: outputs / outputTile(outputs), z: models * ceilDivide(input.groups, groupTile(input.groups))),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer)] + weights.arguments + bias.arguments
                + [.buffer(try buffer(of: counts)), .buffer(output.buffer)],
            work: work(features: features, outputs: outputs, models: models, counts: counts))
    }

    package func linearInputGradient(
        outputGradient: OpenCLActivation, weights: Slice, counts: SampleCounts, inputGradient: OpenCLActivation
    ) throws(BackendError) {
        try validateLinear(
            input: inputGradient.shape, output: outputGradient.shape, weights: weights, bias: nil, counts: counts,
            operation: "linear, input gradient")
        let (features, groups) = (inputGradient.shape.valuesPerSample, inputGradient.groups)
        let (outputs, models) = (outputGradient.shape.channels, inputGradient.shape.models)
        let kernel = try kernels(features: features, outputs: outputs, groups: groups)[1]
        try queue.launch(
            kernel,
            groups: WorkSize(x: 1, y: features / featureTile(features), z: models * groups),
            of: WorkSize(x: configuration.items),
            [.buffer(outputGradient.buffer)] + weights.arguments
                + [.buffer(try buffer(of: counts)), .buffer(inputGradient.buffer)],
            work: work(features: features, outputs: outputs, models: models, counts: counts))
    }

    package func linearParameterGradients(
        input: OpenCLActivation, outputGradient: OpenCLActivation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: outputGradient.shape, weights: weightGradient, bias: biasGradient,
            counts: counts, operation: "linear, parameter gradients")
        let (features, outputs) = (input.shape.valuesPerSample, outputGradient.shape.channels)
        let models = input.shape.models
        let kernel = try kernels(features: features, outputs: outputs, groups: input.groups)[2]
        try queue.launch(
            kernel,
            groups: WorkSize(
                x: 1, y: features / featureTile(features) + 1,
                z: models * (outputs / gradientTile(outputs))),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer), .buffer(outputGradient.buffer), .buffer(try buffer(of: counts))]
                + weightGradient.arguments + biasGradient.arguments,
            work: work(features: features, outputs: outputs, models: models, counts: counts))
    }
}
