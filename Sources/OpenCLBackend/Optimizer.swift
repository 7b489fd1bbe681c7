package import Backend
import Kernels

extension OpenCLBackend {
    package func sgdStep(
        parameters: OpenCLParameters, gradients: OpenCLParameters, learningRates: OpenCLParameters,
        counts: SampleCounts
    ) throws(BackendError) {
        try validateSGDStep(
            parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
        try pendingSums.flush()
        let (models, count) = (parameters.models, parameters.count)
        try queue.launch(
            optimizerKernels()[0], groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                .buffer(parameters.buffer), .buffer(gradients.buffer), .buffer(learningRates.buffer),
                .buffer(try buffer(of: counts)), .int(count),
            ], work: KernelWork(flops: 2 * models * count, floats: 3 * models * count))
    }

    package func sgdStep(
        parameters: OpenCLParameters, gradients: OpenCLParameters, velocities: OpenCLParameters,
        learningRates: OpenCLParameters, momenta: OpenCLParameters, weightDecays: OpenCLParameters,
        counts: SampleCounts
    ) throws(BackendError) {
        try validateSGDStep(
            parameters: parameters, gradients: gradients, velocities: velocities, learningRates: learningRates,
            momenta: momenta, weightDecays: weightDecays, counts: counts)
        try pendingSums.flush()
        let (models, count) = (parameters.models, parameters.count)
        try queue.launch(
            optimizerKernels()[1], groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                .buffer(parameters.buffer), .buffer(gradients.buffer), .buffer(velocities.buffer),
                .buffer(learningRates.buffer), .buffer(momenta.buffer), .buffer(weightDecays.buffer),
                .buffer(try buffer(of: counts)), .int(count),
            ], work: KernelWork(flops: 6 * models * count, floats: 5 * models * count))
    }

    /// The kernels without and with momentum.
    private func optimizerKernels() throws(BackendError) -> [Kernel] {
        try library.kernels(
            ["descend", "descendWithMomentum"], in: .optimizer, for: 0, constants: constants(slices: 1))
    }
}
