import Backend
import Kernels

/// The kernels of a batch norm, and what they all need to know.
struct BatchNormLaunch {
    let moments: Kernel
    let training: Kernel
    let evaluation: Kernel
    let gradientSums: Kernel
    let gradient: Kernel

    private let backend: OpenCLBackend
    /// Of the values that are normalised.
    private let shape: ActivationShape
    private let groups: Int
    /// Pixels of an output channel.
    let outputPixels: Int

    init(
        _ norm: BatchNorm<OpenCLParameters>, of shape: ActivationShape, groups: Int, on backend: OpenCLBackend
    ) throws(BackendError) {
        self.backend = backend
        self.shape = shape
        self.groups = groups
        let output = norm.outputShape(for: shape).image
        outputPixels = output.area
        var constants = ["POOLED": 0]
        if let pool = norm.pool {
            constants = [
                "POOLED": 1, "IN_HEIGHT": shape.image.height, "IN_WIDTH": shape.image.width,
                "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width, "KERNEL_HEIGHT": pool.kernel.height,
                "KERNEL_WIDTH": pool.kernel.width, "STRIDE_Y": pool.stride.height, "STRIDE_X": pool.stride.width,
            ]
        }
        let kernels = try backend.library.kernels(
            ["moments", "normalizeTraining", "normalizeEvaluation", "gradientSums", "normalizeGradient"],
            in: .batchNorm,
            constants: backend.constants(slices: backend.configuration.planeSlices, constants))
        (moments, training, evaluation) = (kernels[0], kernels[1], kernels[2])
        (gradientSums, gradient) = (kernels[3], kernels[4])
    }

    /// The arguments that describe the shape.
    var shapeArguments: [KernelArgument] { [.int(groups), .int(shape.channels), .int(shape.image.area)] }

    /// Room for two numbers of each group and channel.
    func pairs() throws(BackendError) -> DeviceBuffer {
        try backend.scratch(.partialSums, floats: 2 * shape.models * groups * shape.channels)
    }

    /// Runs a kernel for every group and channel.
    func callAsFunction(_ kernel: Kernel, _ arguments: [KernelArgument]) throws(BackendError) {
        try launch(kernel, chunks: 1, arguments)
    }

    /// Runs a kernel for every group, channel and chunk of pixels.
    /// - Parameter arguments: given the size of a chunk.
    func overPixels(
        _ pixels: Int, _ kernel: Kernel, _ arguments: (_ chunk: Int) -> [KernelArgument]
    ) throws(BackendError) {
        let configuration = backend.configuration
        let chunk = min(configuration.pixelsPerItem, pixels) * configuration.planeSlices
        try launch(kernel, chunks: ceilDivide(pixels, chunk), arguments(chunk))
    }

    private func launch(_ kernel: Kernel, chunks: Int, _ arguments: [KernelArgument]) throws(BackendError) {
        let configuration = backend.configuration
        try backend.queue.launch(
            kernel, groups: WorkSize(x: chunks, y: shape.channels, z: shape.models * groups),
            of: WorkSize(x: configuration.items, y: configuration.planeSlices), arguments)
    }
}

extension OpenCLBackend {
    /// Turns the convolution's output into the gradient in it, and writes those of the batch norm's parameters.
    func normalizeGradient(
        _ norm: BatchNorm<OpenCLParameters>, record: Record, output: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice,
        residualGradient: OpenCLActivation?
    ) throws(BackendError) {
        let (convolved, shape) = (record.convolved, record.convolved.shape)
        let launch = try BatchNormLaunch(norm, of: shape, groups: convolved.groups, on: self)
        let sums = try launch.pairs()
        // Without a pooling the kernels ignore it.
        let winners = try norm.pool == nil ? sums : scratch(.winners, floats: outputGradient.paddedCount)
        let counts = try buffer(of: counts)
        let statistics = record.mean.arguments + record.inverseDeviation.arguments
        var arguments: [KernelArgument] = [
            .buffer(convolved.buffer), .buffer(output.buffer), .buffer(outputGradient.buffer), .buffer(counts),
        ]
        arguments += launch.shapeArguments
        try launch(
            launch.gradientSums,
            arguments + norm.weight.arguments + norm.bias.arguments + statistics
                + [.flag(norm.relu), .buffer(sums), .buffer(winners)])
        try launch.overPixels(shape.image.area, launch.gradient) { chunk in
            arguments + [.int(chunk), .buffer(sums), .buffer(winners)] + norm.weight.arguments + statistics
                + weightGradient.arguments + biasGradient.arguments
                + [
                    .flag(norm.relu), .buffer((residualGradient ?? convolved).buffer), .flag(residualGradient != nil),
                ]
        }
    }
}
