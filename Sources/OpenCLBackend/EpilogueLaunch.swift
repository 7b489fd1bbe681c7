import Backend

/// Launches the kernels of `BatchNorm.cl`: what follows the convolution of a layer.
struct EpilogueLaunch {
    private let backend: OpenCLBackend
    private let layer: FusedLayer
    private let models: Int
    private let constants: BatchNormConstants

    /// - Parameter groups: the number of groups of lanes of each model.
    init(_ layer: FusedLayer, models: Int, groups: Int, on backend: OpenCLBackend) {
        self.backend = backend
        self.layer = layer
        self.models = models
        constants = BatchNormConstants(layer, groups: groups, backend.configuration)
    }

    /// Runs a kernel for every group and channel.
    func callAsFunction(
        _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>, work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: 1, arguments, work: work())
    }

    /// Runs a kernel for every group, channel and partial sum of the backward pass.
    func overSums(
        _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>, work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        let parts = BatchNormConstants.sumParts(of: layer, backend.configuration.sumOrder)
        try launch(kernel, chunks: parts, arguments, work: work())
    }

    /// Runs a kernel for every group, channel and chunk of the layer's output pixels.
    func overOutput(
        _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>, work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: ceilDivide(layer.output.image.area, constants.chunk), arguments, work: work())
    }

    /// Runs a kernel for every group, channel and chunk of the pixels before the pooling.
    func overValues(
        _ kernel: String, _ arguments: KeyValuePairs<String, KernelArgument>, work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try launch(kernel, chunks: ceilDivide(layer.unpooled.image.area, constants.chunk), arguments, work: work())
    }

    private func launch(
        _ kernel: String, chunks: Int, _ arguments: KeyValuePairs<String, KernelArgument>,
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        try backend.queue.launch(
            backend.library.kernel(kernel, constants),
            groups: WorkSize(x: chunks, y: constants.channels, z: models * constants.groups),
            of: WorkSize(x: backend.configuration.items, y: constants.slices), arguments, work: work())
    }

    /// The work of a pass that reads or writes the values `inputs` times and the output `outputs` times.
    ///
    /// - Parameter flops: the operations per value.
    func work(inputs: Int, outputs: Int, flops: Int, counts: SampleCounts) -> KernelWork {
        KernelWork(
            flops: flops * counts.total * layer.unpooled.count,
            floats: counts.total * (inputs * layer.unpooled.count + outputs * layer.output.count))
    }
}
