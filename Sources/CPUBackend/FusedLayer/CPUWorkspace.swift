package import Backend

/// What the forward pass of a layer saves for the backward pass.
package final class CPUWorkspace {
    /// `x`, before the normalisation; the backward pass overwrites it with its gradient.
    let values: LaneGroups
    /// Nil without a max-pooling.
    let argmax: ArgmaxIndices?
    /// The moments of the batch, `[model][channel]`.
    let mean: ChannelNumbers
    let rstd: ChannelNumbers
    /// `[model][group][channel]`; the first half of the backward pass fills it for the second.
    var gradientSums: UnsafeMutablePointer<GroupGradientSums> { sums.pointer }

    private let memory: [CPUMemory]
    private let moments: AlignedMemory<Float>
    private let sums: AlignedMemory<GroupGradientSums>

    fileprivate init(
        _ layer: FusedLayer, models: Int, groups: Int, in memory: [CPUMemory]
    ) throws(BackendError) {
        self.memory = memory
        let channels = layer.unpooled.channels
        values = LaneGroups(start: memory[0].start, groups: groups, valuesPerSample: layer.unpooled.count)
        argmax = layer.pool.map { pool in
            ArgmaxIndices(
                PoolPlan(pool, input: layer.unpooled.image), models: models, groups: groups, channels: channels,
                in: memory[1])
        }
        moments = try AlignedMemory(count: 2 * models * channels)
        mean = ChannelNumbers(start: moments.pointer, channels: channels)
        rstd = ChannelNumbers(start: moments.pointer + models * channels, channels: channels)
        sums = try AlignedMemory(count: models * groups * channels)
    }
}

/// One number for each channel of each model.
struct ChannelNumbers: BitwiseCopyable {
    fileprivate let start: UnsafeMutablePointer<Float>
    fileprivate let channels: Int

    subscript(model: Int, channel: Int) -> Float {
        get { start[model * channels + channel] }
        nonmutating set { start[model * channels + channel] = newValue }
    }
}

extension CPUBackend {
    package func workspaceByteCounts(for layer: FusedLayer, models: Int, samples: Int) -> [Int] {
        func stack(_ sample: SampleShape) -> ActivationShape {
            ActivationShape(models: models, samples: samples, sample: sample)
        }
        let values = byteCount(of: stack(layer.unpooled))
        guard layer.pool != nil else { return [values] }
        return [values, ArgmaxIndices.byteCount(values: byteCount(of: stack(layer.output)))]
    }

    package func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int, in memory: [CPUMemory]
    ) throws(BackendError) -> CPUWorkspace {
        try CPUWorkspace(layer, models: models, groups: Lanes.groups(for: samples), in: memory)
    }
}
