import Backend

/// Launches the kernels of a batch norm.
struct BatchNormLaunch {
    private let backend: OpenCLBackend
    /// The shape of the normalised values.
    private let shape: ActivationShape
    private let constants: BatchNormConstants
    /// The pixels of an output channel.
    let outputPixels: Int

    init(
        _ norm: BatchNorm<OpenCLParameters>, of shape: ActivationShape, groups: Int, on backend: OpenCLBackend
    ) {
        self.backend = backend
        self.shape = shape
        outputPixels = norm.outputShape(for: shape).image.area
        let (tiles, slices) = (backend.configuration.tiles, backend.configuration.sumOrder.planeSlices)
        constants = BatchNormConstants(
            channels: shape.channels, image: shape.image, groups: groups, pool: norm.pool,
            chunk: min(tiles.elementwisePixels, shape.image.area) * slices, slices: slices)
    }

    /// Memory for two numbers per group and channel.
    func pairs() throws(BackendError) -> DeviceBuffer {
        try backend.scratch(.partialSums, floats: 2 * shape.models * constants.groups * shape.channels)
    }

    /// Runs a kernel for every group and channel.
    func callAsFunction(
        _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>, work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: 1, arguments, work: work())
    }

    /// Runs a kernel for every group, channel and chunk of pixels.
    func overPixels(
        _ pixels: Int, _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>,
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: ceilDivide(pixels, constants.chunk), arguments, work: work())
    }

    private func launch(
        _ kernel: String, chunks: Int, _ arguments: KeyValuePairs<String, KernelArgument>,
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try backend.queue.launch(
            backend.library.kernel(kernel, constants),
            groups: WorkSize(x: chunks, y: shape.channels, z: shape.models * constants.groups),
            of: WorkSize(x: backend.configuration.items, y: constants.slices), arguments, work: work())
    }

    /// The work of a pass that reads or writes the input `inputs` times and the output `outputs` times.
    ///
    /// - Parameter flops: the operations per input.
    func work(inputs: Int, outputs: Int, flops: Int, counts: SampleCounts) -> KernelWork {
        let values = counts.total * shape.channels
        return KernelWork(
            flops: flops * values * shape.image.area,
            floats: values * (inputs * shape.image.area + outputs * outputPixels))
    }
}

extension OpenCLBackend {
    /// Overwrites the convolution's output with its gradient, and the output gradient with the residual gradient, and writes
    /// the gradients of the batch norm's parameters.
    func normalizeGradient(
        _ norm: BatchNorm<OpenCLParameters>, record: Record, output: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
    ) throws(BackendError) {
        let (convolved, shape) = (record.convolved, record.convolved.shape)
        let launch = BatchNormLaunch(norm, of: shape, groups: convolved.groups, on: self)
        let sums = try launch.pairs()
        let countBuffer = try buffer(of: counts)
        var argmax = record.argmaxBuffers
        if norm.pool != nil, argmax == nil {
            let indices = try scratch(.argmaxIndices, floats: outputGradient.paddedCount)
            let deviations = try scratch(.deviations, floats: outputGradient.paddedCount)
            argmax = (indices, deviations)
            try launch.overPixels(
                launch.outputPixels, "maxPoolIndices",
                [
                    "input": .buffer(convolved.buffer), "counts": .buffer(countBuffer),
                    "weight": .slice(norm.weight), "bias": .slice(norm.bias), "savedMean": .slice(record.mean),
                    "savedRstd": .slice(record.rstd), "relu": .flag(norm.relu), "indices": .buffer(indices),
                    "deviations": .buffer(deviations),
                ],
                work: launch.work(inputs: 1, outputs: 2, flops: 8, counts: counts))
        }
        // Without a pooling the kernels ignore these arguments.
        let (indices, deviations) = argmax ?? (sums, sums)
        let isPooled = norm.pool != nil
        try launch(
            "gradientSums",
            [
                "input": .buffer(convolved.buffer), "output": .buffer(output.buffer),
                "outputGradient": .buffer(outputGradient.buffer), "counts": .buffer(countBuffer),
                "indices": .buffer(indices), "deviations": .buffer(deviations), "savedMean": .slice(record.mean),
                "savedRstd": .slice(record.rstd), "relu": .flag(norm.relu), "partials": .buffer(sums),
            ],
            // With a ReLU the output is read too, and the output gradient is overwritten.
            work: isPooled
                ? launch.work(inputs: 0, outputs: 3, flops: 1, counts: counts)
                : launch.work(inputs: 1, outputs: norm.relu ? 3 : 1, flops: 4, counts: counts))
        try launch.overPixels(
            shape.image.area, "normalizeGradient",
            [
                "values": .buffer(convolved.buffer), "outputGradient": .buffer(outputGradient.buffer),
                "counts": .buffer(countBuffer), "partials": .buffer(sums), "indices": .buffer(indices),
                "weight": .slice(norm.weight), "savedMean": .slice(record.mean), "savedRstd": .slice(record.rstd),
                "weightGradient": .slice(weightGradient), "biasGradient": .slice(biasGradient),
            ],
            work: launch.work(inputs: 2, outputs: isPooled ? 2 : 1, flops: 6, counts: counts))
    }
}

extension ConvolutionNormRecord<OpenCLActivation, OpenCLParameters> {
    /// The memory for the argmax indices of a pooling, and for the deviations of its maxima from the mean.
    var argmaxBuffers: (indices: DeviceBuffer, deviations: DeviceBuffer)? {
        argmax.map { ($0.indices.buffer, $0.values.buffer) }
    }
}
