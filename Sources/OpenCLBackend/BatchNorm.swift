import Backend
import Kernels

/// The shapes that the kernels of a batch norm are compiled for.
private struct BatchNormKey: Hashable {
    var channels: Int
    /// The extent of the normalised values.
    var image: Extent
    /// The number of groups of lanes of each model.
    var groups: Int
    var pool: MaxPool?

    /// The macros.
    ///
    /// - Parameter chunk: the pixels of a work-group in the passes over pixels.
    func constants(chunk: Int) -> [String: Int] {
        let all = [
            "POOLED": pool == nil ? 0 : 1, "CHANNELS": channels, "PIXELS": image.area, "GROUPS": groups, "CHUNK": chunk,
        ]
        guard let pool else { return all }
        let output = pool.output(for: image)
        return all.merging([
            "IN_HEIGHT": image.height, "IN_WIDTH": image.width, "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width,
            "KERNEL_HEIGHT": pool.kernel.height, "KERNEL_WIDTH": pool.kernel.width, "STRIDE_Y": pool.stride.height,
            "STRIDE_X": pool.stride.width,
        ]) { $1 }
    }
}

/// The kernels of a batch norm and their common arguments.
struct BatchNormLaunch {
    let training: Kernel
    let evaluation: Kernel
    /// Nil without a pooling.
    let maxPoolIndices: Kernel?
    let gradientSums: Kernel
    let gradient: Kernel

    private let backend: OpenCLBackend
    private let norm: BatchNorm<OpenCLParameters>
    /// The shape of the normalised values.
    private let shape: ActivationShape
    private let groups: Int
    /// The pixels of a work-group in the passes over pixels.
    private let chunk: Int
    /// The pixels of an output channel.
    let outputPixels: Int

    init(
        _ norm: BatchNorm<OpenCLParameters>, of shape: ActivationShape, groups: Int, on backend: OpenCLBackend
    ) throws(BackendError) {
        self.backend = backend
        self.norm = norm
        self.shape = shape
        self.groups = groups
        let configuration = backend.configuration
        let output = norm.outputShape(for: shape).image
        outputPixels = output.area
        chunk = min(configuration.tiles.elementwisePixels, shape.image.area) * configuration.sumOrder.planeSlices
        let key = BatchNormKey(channels: shape.channels, image: shape.image, groups: groups, pool: norm.pool)
        let kernels = try backend.library.kernels(
            ["normalizeTraining", "normalizeEvaluation", "gradientSums", "normalizeGradient"]
                + (norm.pool == nil ? [] : ["maxPoolIndices"]), in: .batchNorm,
            for: key,
            constants: backend.constants(slices: configuration.sumOrder.planeSlices, key.constants(chunk: chunk)))
        (training, evaluation) = (kernels[0], kernels[1])
        (gradientSums, gradient) = (kernels[2], kernels[3])
        maxPoolIndices = kernels.count > 4 ? kernels[4] : nil
    }

    /// Memory for two numbers per group and channel.
    func pairs() throws(BackendError) -> DeviceBuffer {
        try backend.scratch(.partialSums, floats: 2 * shape.models * groups * shape.channels)
    }

    /// Runs a kernel for every group and channel.
    func callAsFunction(
        _ kernel: Kernel, _ arguments: [KernelArgument], work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: 1, arguments, work: work())
    }

    /// Runs a kernel for every group, channel and chunk of pixels.
    func overPixels(
        _ pixels: Int, _ kernel: Kernel, _ arguments: [KernelArgument], work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: ceilDivide(pixels, chunk), arguments, work: work())
    }

    private func launch(
        _ kernel: Kernel, chunks: Int, _ arguments: [KernelArgument], work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        let configuration = backend.configuration
        try backend.queue.launch(
            kernel, groups: WorkSize(x: chunks, y: shape.channels, z: shape.models * groups),
            of: WorkSize(x: configuration.items, y: configuration.sumOrder.planeSlices), arguments, work: work())
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
        let launch = try BatchNormLaunch(norm, of: shape, groups: convolved.groups, on: self)
        let sums = try launch.pairs()
        let countBuffer = try buffer(of: counts)
        let statistics = record.mean.arguments + record.rstd.arguments
        var argmax = record.argmaxBuffers
        if let maxPoolIndices = launch.maxPoolIndices, argmax == nil {
            let indices = try scratch(.argmaxIndices, floats: outputGradient.paddedCount)
            let deviations = try scratch(.deviations, floats: outputGradient.paddedCount)
            argmax = (indices, deviations)
            try launch.overPixels(
                launch.outputPixels, maxPoolIndices,
                [.buffer(convolved.buffer), .buffer(countBuffer)] + norm.weight.arguments + norm.bias.arguments
                    + statistics + [.flag(norm.relu), .buffer(indices), .buffer(deviations)],
                work: launch.work(inputs: 1, outputs: 2, flops: 8, counts: counts))
        }
        // Without a pooling the kernels ignore these arguments.
        let (indices, deviations) = argmax ?? (sums, sums)
        let isPooled = norm.pool != nil
        try launch(
            launch.gradientSums,
            [
                .buffer(convolved.buffer), .buffer(output.buffer), .buffer(outputGradient.buffer),
                .buffer(countBuffer), .buffer(indices), .buffer(deviations),
            ] + statistics + [.flag(norm.relu), .buffer(sums)],
            // With a ReLU the output is read too, and the output gradient is overwritten.
            work: isPooled
                ? launch.work(inputs: 0, outputs: 3, flops: 1, counts: counts)
                : launch.work(inputs: 1, outputs: norm.relu ? 3 : 1, flops: 4, counts: counts))
        try launch.overPixels(
            shape.image.area, launch.gradient,
            [
                .buffer(convolved.buffer), .buffer(outputGradient.buffer), .buffer(countBuffer), .buffer(sums),
                .buffer(indices),
            ] + norm.weight.arguments + statistics + weightGradient.arguments + biasGradient.arguments,
            work: launch.work(inputs: 2, outputs: isPooled ? 2 : 1, flops: 6, counts: counts))
    }
}

extension ConvolutionNormRecord<OpenCLActivation, OpenCLParameters> {
    /// The memory for the argmax indices of a pooling, and for the deviations of its maxima from the mean.
    var argmaxBuffers: (indices: DeviceBuffer, deviations: DeviceBuffer)? {
        argmax.map { ($0.indices.buffer, $0.values.buffer) }
    }
}
