package import Backend
import Kernels

extension OpenCLBackend {
    private static let kernelNames = [
        "moments", "normalizeTraining", "normalizeEvaluation", "gradientSums", "normalizeGradient",
    ]

    /// The kernels in the order of their names above.
    private func batchNormKernels() throws(BackendError) -> [Kernel] {
        try library.kernels(Self.kernelNames, in: .batchNorm, constants: constants(slices: configuration.planeSlices))
    }

    /// Launches a kernel for every group and channel of an activation.
    ///
    /// - Parameter chunks: Work-groups that share the pixels of a plane.
    private func launch(
        _ kernel: Kernel, over activation: OpenCLActivation, chunks: Int = 1, _ arguments: [KernelArgument]
    ) throws(BackendError) {
        let shape = activation.shape
        try queue.launch(
            kernel, groups: WorkSize(x: chunks, y: shape.channels, z: shape.models * activation.groups),
            of: WorkSize(x: configuration.items, y: configuration.planeSlices), arguments)
    }

    /// The pixels of a work-group in an elementwise pass.
    private func chunk(_ pixels: Int) -> Int {
        min(configuration.pixelsPerItem, pixels) * configuration.planeSlices
    }

    private func shapeArguments(_ activation: OpenCLActivation) -> [KernelArgument] {
        [.int(activation.groups), .int(activation.shape.channels), .int(activation.shape.image.area)]
    }

    /// Room for two numbers of each group and channel.
    private func pairs(for activation: OpenCLActivation) throws(BackendError) -> DeviceBuffer {
        try scratch(floats: 2 * activation.shape.models * activation.groups * activation.shape.channels)
    }

    package func normalizeTraining(
        _ norm: BatchNorm<OpenCLParameters>, input: OpenCLActivation, residual: OpenCLActivation?,
        counts: SampleCounts, savedMean: Slice, savedInverseDeviation: Slice, output: OpenCLActivation
    ) throws(BackendError) {
        let operation = "batch norm, training"
        let shape = input.shape
        try norm.validate(
            shape: shape, others: [residual?.shape, output.shape], channelValues: [savedMean, savedInverseDeviation],
            counts: counts, operation: operation)
        try norm.requireSeveralValues(shape: shape, counts: counts, operation: operation)

        let kernels = try batchNormKernels()
        let moments = try pairs(for: input)
        let counts = try buffer(of: counts)
        let pixels = shape.image.area
        try launch(
            kernels[0], over: input,
            [.buffer(input.buffer), .buffer(counts)] + shapeArguments(input) + [.buffer(moments)])
        var arguments: [KernelArgument] = [
            .buffer(input.buffer), .buffer((residual ?? input).buffer), .flag(residual != nil), .buffer(counts),
        ]
        arguments += shapeArguments(input) + [.int(chunk(pixels)), .buffer(moments)]
        arguments += norm.weight.arguments + norm.bias.arguments
        arguments += norm.runningMean.arguments + norm.runningVariance.arguments
        arguments += savedMean.arguments + savedInverseDeviation.arguments
        arguments += [.float(norm.epsilon), .float(norm.momentum), .flag(norm.relu), .buffer(output.buffer)]
        try launch(kernels[1], over: input, chunks: ceilDivide(pixels, chunk(pixels)), arguments)
    }

    package func normalizeEvaluation(
        _ norm: BatchNorm<OpenCLParameters>, input: OpenCLActivation, residual: OpenCLActivation?,
        counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try norm.validate(
            shape: input.shape, others: [residual?.shape, output.shape], counts: counts,
            operation: "batch norm, evaluation")

        let pixels = input.shape.image.area
        var arguments: [KernelArgument] = [
            .buffer(input.buffer), .buffer((residual ?? input).buffer), .flag(residual != nil),
            .buffer(try buffer(of: counts)),
        ]
        arguments += shapeArguments(input) + [.int(chunk(pixels))]
        arguments += norm.weight.arguments + norm.bias.arguments
        arguments += norm.runningMean.arguments + norm.runningVariance.arguments
        arguments += [.float(norm.epsilon), .flag(norm.relu), .buffer(output.buffer)]
        try launch(try batchNormKernels()[2], over: input, chunks: ceilDivide(pixels, chunk(pixels)), arguments)
    }

    package func normalizeGradient(
        _ norm: BatchNorm<OpenCLParameters>, input: OpenCLActivation, output: OpenCLActivation,
        outputGradient: OpenCLActivation, counts: SampleCounts, savedMean: Slice, savedInverseDeviation: Slice,
        weightGradient: Slice, biasGradient: Slice, residualGradient: OpenCLActivation?,
        inputGradient: OpenCLActivation
    ) throws(BackendError) {
        let operation = "batch norm gradient"
        let shape = input.shape
        try norm.validate(
            shape: shape, others: [output.shape, outputGradient.shape, residualGradient?.shape, inputGradient.shape],
            channelValues: [savedMean, savedInverseDeviation, weightGradient, biasGradient], counts: counts,
            operation: operation)

        let kernels = try batchNormKernels()
        let sums = try pairs(for: input)
        let counts = try buffer(of: counts)
        let pixels = shape.image.area
        let statistics = savedMean.arguments + savedInverseDeviation.arguments
        var arguments: [KernelArgument] = [
            .buffer(input.buffer), .buffer(output.buffer), .buffer(outputGradient.buffer), .buffer(counts),
        ]
        arguments += shapeArguments(input)
        try launch(kernels[3], over: input, arguments + statistics + [.flag(norm.relu), .buffer(sums)])
        arguments += [.int(chunk(pixels)), .buffer(sums)]
        arguments += norm.weight.arguments + statistics + weightGradient.arguments + biasGradient.arguments
        arguments += [
            .flag(norm.relu), .buffer((residualGradient ?? inputGradient).buffer), .flag(residualGradient != nil),
            .buffer(inputGradient.buffer),
        ]
        try launch(kernels[4], over: input, chunks: ceilDivide(pixels, chunk(pixels)), arguments)
    }
}
