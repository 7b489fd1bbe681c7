import Backend
import Kernels

/// What a convolution's kernels are compiled for.
struct ConvolutionKey: Hashable {
    var convolution: Convolution
    /// Groups of lanes of each model.
    var groups: Int
}

/// The kernels of a convolution of one shape, and the size of their launches.
final class ConvolutionProgram {
    let forward: Kernel
    let inputGradient: Kernel
    let partialGradients: Kernel
    let sumGradients: Kernel

    /// Work-items of the forward kernel for each channel tile of a group: tiles of output pixels.
    let outputTiles: Int
    /// Tiles of output channels.
    let outputChannelTiles: Int
    /// Work-items of the input gradient for each channel tile of a group.
    let inputTiles: Int
    /// Tiles of input channels.
    let inputChannelTiles: Int
    /// Tiles of output channels in the parameter gradients.
    let gradientTiles: Int
    /// Blocks of output rows that are summed apart.
    let rowBlocks: Int
    /// Work-items of a work-group beside those of the lanes.
    let slices: Int
    /// Work-groups over input channels and kernel rows, and one for the bias.
    let kernelRows: Int
    /// Numbers of the partial gradients of one group and block.
    let partialCount: Int
    /// Numbers of the gradients of one model: weights, then biases.
    let gradientCount: Int

    init(_ key: ConvolutionKey, on backend: OpenCLBackend) throws(BackendError) {
        let (convolution, configuration) = (key.convolution, backend.configuration)
        let (input, output, kernel) = (convolution.input, convolution.output, convolution.kernel)
        let (stride, padding) = (convolution.stride, convolution.padding)
        let outputTile = evenTile(convolution.outputChannels, largest: configuration.channelTile)
        let inputTile = evenTile(convolution.inputChannels, largest: configuration.channelTile)
        let pixelTile = configuration.pixelTile
        let gradientTile = evenTile(
            convolution.outputChannels,
            largest: min(max(configuration.gradientSums / kernel.width, 1), configuration.channelTile))
        let rowBlock = min(max(configuration.gradientTerms / output.width, 1), output.height)

        slices = configuration.convolutionSlices
        outputTiles = output.height * ceilDivide(output.width, pixelTile)
        outputChannelTiles = ceilDivide(convolution.outputChannels, outputTile)
        inputTiles =
            input.height * ceilDivide(ceilDivide(input.width, stride.width), pixelTile) * stride.width
        inputChannelTiles = ceilDivide(convolution.inputChannels, inputTile)
        gradientTiles = ceilDivide(convolution.outputChannels, gradientTile)
        rowBlocks = ceilDivide(output.height, rowBlock)
        kernelRows = convolution.inputChannels * kernel.height
        partialCount = gradientTiles * (kernelRows + 1) * gradientTile * kernel.width
        gradientCount = convolution.weightCount + convolution.outputChannels

        let kernels = try backend.library.kernels(
            ["convolve", "convolveInputGradient", "convolveParameterGradients", "sumParameterGradients"],
            in: .convolution,
            constants: backend.constants(
                slices: slices,
                [
                    "IN_CHANNELS": convolution.inputChannels, "IN_HEIGHT": input.height, "IN_WIDTH": input.width,
                    "OUT_CHANNELS": convolution.outputChannels, "OUT_HEIGHT": output.height,
                    "OUT_WIDTH": output.width, "KERNEL_HEIGHT": kernel.height, "KERNEL_WIDTH": kernel.width,
                    "STRIDE_Y": stride.height, "STRIDE_X": stride.width, "PADDING_Y": padding.height,
                    "PADDING_X": padding.width, "GROUPS": key.groups, "OUT_TILE": outputTile, "IN_TILE": inputTile,
                    "PIXEL_TILE": pixelTile, "GRADIENT_TILE": gradientTile, "ROW_BLOCK": rowBlock,
                ]))
        forward = kernels[0]
        inputGradient = kernels[1]
        partialGradients = kernels[2]
        sumGradients = kernels[3]
    }
}

extension OpenCLBackend {
    private func program(
        _ convolution: Convolution, groups: Int
    ) throws(BackendError) -> ConvolutionProgram {
        let key = ConvolutionKey(convolution: convolution, groups: groups)
        if let known = convolutionPrograms[key] { return known }
        let program = try ConvolutionProgram(key, on: self)
        convolutionPrograms[key] = program
        return program
    }

    /// Launches the convolution of a layer.
    func convolve(
        _ layer: ConvolutionNorm<OpenCLParameters>, input: OpenCLActivation, counts: SampleCounts,
        output: DeviceBuffer
    ) throws(BackendError) {
        let program = try program(layer.convolution, groups: input.groups)
        try queue.launch(
            program.forward,
            groups: WorkSize(
                x: 1, y: ceilDivide(program.outputTiles, program.slices),
                z: input.shape.models * input.groups * program.outputChannelTiles),
            of: WorkSize(x: configuration.items, y: program.slices),
            [.buffer(input.buffer)] + layer.weights.arguments + (layer.bias ?? layer.weights).arguments
                + [.flag(layer.bias != nil), .buffer(try buffer(of: counts)), .buffer(output)])
    }

    /// Launches the gradient of a convolution in its input.
    func convolveInputGradient(
        _ convolution: Convolution, outputGradient: OpenCLActivation, weights: Slice, counts: SampleCounts,
        accumulate: Bool, inputGradient: OpenCLActivation
    ) throws(BackendError) {
        let models = inputGradient.shape.models
        let program = try program(convolution, groups: inputGradient.groups)
        try queue.launch(
            program.inputGradient,
            groups: WorkSize(
                x: 1, y: ceilDivide(program.inputTiles, program.slices),
                z: models * inputGradient.groups * program.inputChannelTiles),
            of: WorkSize(x: configuration.items, y: program.slices),
            [.buffer(outputGradient.buffer)] + weights.arguments
                + [.buffer(try buffer(of: counts)), .flag(accumulate), .buffer(inputGradient.buffer)])
    }

    /// Launches the gradients of a convolution in its parameters.
    func convolveParameterGradients(
        _ convolution: Convolution, input: OpenCLActivation, outputGradient: OpenCLActivation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice?
    ) throws(BackendError) {
        let models = input.shape.models
        let program = try program(convolution, groups: input.groups)
        let parts = models * input.groups * program.rowBlocks
        let partials = try scratch(.partialSums, floats: parts * program.partialCount)
        let counts = try buffer(of: counts)
        try queue.launch(
            program.partialGradients,
            groups: WorkSize(
                x: 1, y: program.kernelRows + (biasGradient == nil ? 0 : 1), z: parts * program.gradientTiles),
            of: WorkSize(x: configuration.items),
            [.buffer(input.buffer), .buffer(outputGradient.buffer), .buffer(counts), .buffer(partials)])
        try queue.launch(
            program.sumGradients,
            groups: WorkSize(x: ceilDivide(program.gradientCount, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [.buffer(partials), .buffer(counts)] + weightGradient.arguments
                + (biasGradient ?? weightGradient).arguments + [.flag(biasGradient != nil)])
    }
}
