package import Backend
import Kernels

/// What `AveragePool.cl` is compiled for.
private struct AveragePoolConstants: KernelConstants {
    static let source = KernelSource.averagePool
    var pool: AveragePool
    var input: SampleShape
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The work-items per lane in a work-group.
    var slices: Int

    var macros: [String: Int] {
        let output = pool.output(for: input.image)
        return [
            "CHANNELS": input.channels, "GROUPS": groups, "IN_HEIGHT": input.image.height,
            "IN_WIDTH": input.image.width, "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width,
            "KERNEL_HEIGHT": pool.kernel.height, "KERNEL_WIDTH": pool.kernel.width, "STRIDE_Y": pool.stride.height,
            "STRIDE_X": pool.stride.width, "SLICES": slices,
        ]
    }
}

extension OpenCLBackend {
    package func uncheckedAveragePool(
        _ pool: AveragePool, input: OpenCLActivation, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try launch(
            pool, "averagePool", input: input, counts,
            [
                "input": .buffer(input.buffer), "counts": .buffer(buffer(of: counts)),
                "output": .buffer(output.buffer),
            ])
    }

    package func uncheckedAveragePoolGradient(
        _ pool: AveragePool, outputGradient: OpenCLActivation, counts: SampleCounts, inputGradient: OpenCLActivation
    ) throws(BackendError) {
        try launch(
            pool, "averagePoolGradient", input: inputGradient, counts,
            [
                "outputGradient": .buffer(outputGradient.buffer), "counts": .buffer(buffer(of: counts)),
                "inputGradient": .buffer(inputGradient.buffer),
            ])
    }

    /// - Parameter input: the input or its gradient.
    private func launch(
        _ pool: AveragePool, _ kernel: String, input: OpenCLActivation, _ counts: SampleCounts,
        _ arguments: KeyValuePairs<String, KernelArgument>
    ) throws(BackendError) {
        let (shape, slices) = (input.shape, configuration.sumOrder.planeSlices)
        let constants = AveragePoolConstants(pool: pool, input: shape.sample, groups: input.groups, slices: slices)
        let values = shape.channels * (shape.image.area + pool.output(for: shape.image).area)
        try queue.launch(
            library.kernel(kernel, constants),
            groups: WorkSize(x: 1, y: shape.channels, z: shape.models * input.groups),
            of: WorkSize(x: configuration.items, y: slices), arguments,
            work: KernelWork(flops: counts.total * shape.valuesPerSample, floats: counts.total * values))
    }
}
