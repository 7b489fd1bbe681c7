package import Backend

/// What the forward pass of a layer saves for the backward pass.
package final class OpenCLWorkspace {
    /// `x`, before the normalisation; the backward pass overwrites it with its gradient.
    let values: DeviceBuffer
    /// The argmax indices of a pooling, and the deviations of its maxima from the mean; nil without a pooling.
    let indices: DeviceBuffer?
    let deviations: DeviceBuffer?
    /// The moments of the batch.
    let mean: ParameterSlice<OpenCLParameters>
    let rstd: ParameterSlice<OpenCLParameters>
    /// Two sums for each part of a group and channel, from the first half of the backward pass to the second.
    let gradientSums: DeviceBuffer

    fileprivate init(
        memory: [DeviceBuffer], mean: OpenCLParameters, rstd: OpenCLParameters, gradientSums: DeviceBuffer
    ) {
        values = memory[0]
        let isPooled = memory.count > 1
        indices = isPooled ? memory[1] : nil
        deviations = isPooled ? memory[2] : nil
        self.mean = ParameterSlice(mean)
        self.rstd = ParameterSlice(rstd)
        self.gradientSums = gradientSums
    }
}

extension OpenCLBackend {
    package func workspaceByteCounts(for layer: FusedLayer, models: Int, samples: Int) -> [Int] {
        func bytes(_ sample: SampleShape) -> Int {
            byteCount(of: ActivationShape(models: models, samples: samples, sample: sample))
        }
        let maxima = layer.pool.map { _ in bytes(layer.output) }
        return [bytes(layer.unpooled)] + (maxima.map { [$0, $0] } ?? [])
    }

    package func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int, in memory: [DeviceBuffer]
    ) throws(BackendError) -> OpenCLWorkspace {
        let channels = layer.unpooled.channels
        let sums =
            models * groups(of: samples) * channels * BatchNormConstants.sumParts(of: layer, configuration.sumOrder)
        return OpenCLWorkspace(
            memory: memory, mean: try makeParameters(models: models, count: channels),
            rstd: try makeParameters(models: models, count: channels),
            gradientSums: try makeMemory(bytes: 8 * sums))
    }
}
