package import Backend

/// Activations as `[model][group][channel][row][column][lane]` in device memory: samples innermost.
package final class OpenCLActivation: ActivationStorage {
    package let shape: ActivationShape
    let buffer: DeviceBuffer
    /// The number of groups of lanes of each model.
    let groups: Int
    let lanes: Int

    init(shape: ActivationShape, groups: Int, lanes: Int, buffer: DeviceBuffer) {
        self.shape = shape
        self.groups = groups
        self.lanes = lanes
        self.buffer = buffer
    }

    /// The number of values, including padding.
    var paddedCount: Int { shape.models * groups * lanes * shape.valuesPerSample }

    /// The index of value `value` of a sample.
    func index(_ model: Int, _ sample: Int, _ value: Int) -> Int {
        ((model * groups + sample / lanes) * shape.valuesPerSample + value) * lanes + sample % lanes
    }
}

extension OpenCLBackend {
    package func makeMemory(bytes: Int) throws(BackendError) -> DeviceBuffer { try queue.makeBuffer(byteCount: bytes) }

    package func byteCount(of shape: ActivationShape) -> Int {
        4 * shape.models * groups(of: shape.samples) * configuration.lanes * shape.valuesPerSample
    }

    package func makeActivation(
        _ shape: ActivationShape, in memory: DeviceBuffer
    ) throws(BackendError) -> OpenCLActivation {
        let bytes = byteCount(of: shape)
        // Kernels use 32-bit indices for the numbers of a model.
        guard bytes / 4 / max(shape.models, 1) <= Int32.max else {
            throw .outOfMemory(device: device.name, requestedBytes: bytes, detail: "a stack of \(shape)")
        }
        precondition(bytes <= memory.byteCount, "\(shape) in \(memory.byteCount) bytes")
        return OpenCLActivation(
            shape: shape, groups: groups(of: shape.samples), lanes: configuration.lanes, buffer: memory)
    }

    package func uncheckedWrite(_ values: [Float], to activation: OpenCLActivation) throws(BackendError) {
        let shape = activation.shape
        // The lanes beyond the capacity stay zero.
        var padded = [Float](repeating: 0, count: activation.paddedCount)
        let perSample = shape.valuesPerSample
        for model in 0..<shape.models {
            for sample in 0..<shape.samples {
                let first = (model * shape.samples + sample) * perSample
                for value in 0..<perSample { padded[activation.index(model, sample, value)] = values[first + value] }
            }
        }
        try queue.write(padded, to: activation.buffer)
    }

    package func read(_ activation: OpenCLActivation) throws(BackendError) -> [Float] {
        let shape = activation.shape
        let padded = try queue.read(activation.buffer, as: Float.self, count: activation.paddedCount)
        var values: [Float] = []
        values.reserveCapacity(shape.count)
        for model in 0..<shape.models {
            for sample in 0..<shape.samples {
                for value in 0..<shape.valuesPerSample { values.append(padded[activation.index(model, sample, value)]) }
            }
        }
        return values
    }

    package func makeParameters(models: Int, count: Int) throws(BackendError) -> OpenCLParameters {
        // Kernels use 32-bit indices for the numbers of all models.
        guard models * count <= Int32.max else {
            throw .outOfMemory(
                device: device.name, requestedBytes: 4 * models * count, detail: "the parameters of \(models) models")
        }
        return OpenCLParameters(
            models: models, count: count, memory: try queue.makeBuffer(byteCount: models * count * 4))
    }

    package func uncheckedWrite(_ values: [Float], to parameters: OpenCLParameters) throws(BackendError) {
        try queue.write(values, to: parameters.buffer(of: 0..<parameters.count))
    }

    package func read(_ parameters: OpenCLParameters) throws(BackendError) -> [Float] {
        try queue.read(
            parameters.buffer(of: 0..<parameters.count), as: Float.self, count: parameters.models * parameters.count)
    }

    package func synchronize() throws(BackendError) {
        // Other queues may read these gradients next.
        try pendingSums.flush()
        try queue.finish()
    }
}
