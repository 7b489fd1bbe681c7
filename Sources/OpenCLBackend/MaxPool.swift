package import Backend
import Kernels

extension OpenCLBackend {
    /// The kernels of a pooling on images of one extent: forward and gradient.
    private func kernels(_ pool: MaxPool, input: Extent) throws(BackendError) -> [Kernel] {
        let output = pool.output(for: input)
        return try library.kernels(
            ["maxPool", "maxPoolGradient"], in: .maxPool,
            constants: constants(
                slices: configuration.planeSlices,
                [
                    "IN_HEIGHT": input.height, "IN_WIDTH": input.width, "OUT_HEIGHT": output.height,
                    "OUT_WIDTH": output.width, "KERNEL_HEIGHT": pool.kernel.height,
                    "KERNEL_WIDTH": pool.kernel.width, "STRIDE_Y": pool.stride.height, "STRIDE_X": pool.stride.width,
                ]))
    }

    /// Launches a kernel with a work-item for every pixel and group of lanes.
    private func launch(
        _ kernel: Kernel, pixels: Int, of input: OpenCLActivation, counts: SampleCounts, _ buffers: [DeviceBuffer],
        result: DeviceBuffer
    ) throws(BackendError) {
        let shape = input.shape
        let slices = configuration.planeSlices
        try queue.launch(
            kernel,
            groups: WorkSize(
                x: 1, y: ceilDivide(pixels, slices), z: shape.models * input.groups * shape.channels),
            of: WorkSize(x: configuration.items, y: slices),
            buffers.map { .buffer($0) } + [
                .buffer(try buffer(of: counts)), .int(input.groups), .int(shape.channels), .buffer(result),
            ])
    }

    package func maxPool(
        _ pool: MaxPool, input: OpenCLActivation, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try pool.validate(input: input.shape, output: output.shape, counts: counts, operation: "max-pool")
        try launch(
            try kernels(pool, input: input.shape.image)[0], pixels: output.shape.image.area, of: input, counts: counts,
            [input.buffer], result: output.buffer)
    }

    package func maxPoolGradient(
        _ pool: MaxPool, input: OpenCLActivation, outputGradient: OpenCLActivation, counts: SampleCounts,
        inputGradient: OpenCLActivation
    ) throws(BackendError) {
        let operation = "max-pool gradient"
        try pool.validate(input: input.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try requireShape(inputGradient.shape, is: input.shape, "input gradient", operation: operation)
        try launch(
            try kernels(pool, input: input.shape.image)[1], pixels: input.shape.image.area, of: input, counts: counts,
            [input.buffer, outputGradient.buffer], result: inputGradient.buffer)
    }
}
