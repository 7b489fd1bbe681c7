package import Backend
import Kernels

extension OpenCLBackend {
    private static let featureTile = 4

    /// Outputs of a work-item.
    private func outputTile(_ outputs: Int) -> Int { evenTile(outputs, largest: configuration.channelTile) }

    /// The kernels of a layer: forward, input gradient, parameter gradients.
    private func kernels(features: Int, outputs: Int, groups: Int) throws(BackendError) -> [Kernel] {
        try library.kernels(
            ["multiply", "multiplyTransposed", "multiplyParameterGradients"], in: .gemm,
            constants: constants(
                slices: configuration.slices,
                [
                    "FEATURES": features, "OUTPUTS": outputs, "GROUPS": groups, "OUTPUT_TILE": outputTile(outputs),
                    "FEATURE_TILE": Self.featureTile,
                ]))
    }

    package func linear(
        input: OpenCLActivation, weights: Slice, bias: Slice, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: output.shape, weights: weights, bias: bias, counts: counts,
            operation: "linear")
        let outputs = output.shape.channels
        let kernel = try kernels(
            features: input.shape.valuesPerSample, outputs: outputs, groups: input.groups)[0]
        try queue.launch(
            kernel,
            groups: WorkSize(
                x: 1, y: ceilDivide(outputs, outputTile(outputs)), z: input.shape.models * input.groups),
            of: WorkSize(x: configuration.items, y: configuration.slices),
            [.buffer(input.buffer)] + weights.arguments + bias.arguments
                + [.buffer(try buffer(of: counts)), .buffer(output.buffer)])
    }

    package func linearInputGradient(
        outputGradient: OpenCLActivation, weights: Slice, counts: SampleCounts, inputGradient: OpenCLActivation
    ) throws(BackendError) {
        try validateLinear(
            input: inputGradient.shape, output: outputGradient.shape, weights: weights, bias: nil, counts: counts,
            operation: "linear, input gradient")
        let (features, groups) = (inputGradient.shape.valuesPerSample, inputGradient.groups)
        let kernel = try kernels(features: features, outputs: outputGradient.shape.channels, groups: groups)[1]
        try queue.launch(
            kernel,
            groups: WorkSize(x: 1, y: ceilDivide(features, Self.featureTile), z: inputGradient.shape.models * groups),
            of: WorkSize(x: configuration.items),
            [.buffer(outputGradient.buffer)] + weights.arguments
                + [.buffer(try buffer(of: counts)), .buffer(inputGradient.buffer)])
    }

    package func linearParameterGradients(
        input: OpenCLActivation, outputGradient: OpenCLActivation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice
    ) throws(BackendError) {
        try validateLinear(
            input: input.shape, output: outputGradient.shape, weights: weightGradient, bias: biasGradient,
            counts: counts, operation: "linear, parameter gradients")
        let (features, outputs) = (input.shape.valuesPerSample, outputGradient.shape.channels)
        let kernel = try kernels(features: features, outputs: outputs, groups: input.groups)[2]
        try queue.launch(
            kernel,
            groups: WorkSize(
                x: 1, y: ceilDivide(features, Self.featureTile) + 1,
                z: input.shape.models * ceilDivide(outputs, outputTile(outputs))),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer), .buffer(outputGradient.buffer), .buffer(try buffer(of: counts))]
                + weightGradient.arguments + biasGradient.arguments)
    }
}
