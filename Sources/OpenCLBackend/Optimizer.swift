package import Backend
import Kernels

extension OpenCLBackend {
    package func descend(
        parameters: OpenCLParameters, gradients: OpenCLParameters, learningRates: OpenCLParameters,
        counts: SampleCounts
    ) throws(BackendError) {
        let operation = "descend"
        let (models, count) = (parameters.models, parameters.count)
        try Slice(gradients).validate(models: models, count: count, "gradients", operation: operation)
        try Slice(learningRates).validate(models: models, count: 1, "learning rates", operation: operation)
        guard counts.models == models else {
            throw .shapeMismatch(
                operation: operation, expected: "\(models) sample counts", found: "\(counts.models)")
        }
        let kernel = try library.kernels(["descend"], in: .optimizer, constants: constants(slices: 1))[0]
        try queue.launch(
            kernel, groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                .buffer(parameters.buffer), .buffer(gradients.buffer), .buffer(learningRates.buffer),
                .buffer(try buffer(of: counts)), .int(count),
            ])
    }
}
