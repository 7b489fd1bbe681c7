internal import Backend

/// The argmax indices and the maxima of a layer's pooling, in the memory of a workspace.
struct ArgmaxIndices: BitwiseCopyable {
    let plan: PoolPlan
    /// The maxima, before the normalisation.
    let maxima: LaneGroups
    private let indices: UnsafeMutablePointer<LaneShorts>
    private let (groups, channels): (Int, Int)

    /// The size for an output of `values` bytes: the maxima, and indices of half the width.
    static func byteCount(values: Int) -> Int { values + (values + 1) / 2 }

    init(_ plan: PoolPlan, models: Int, groups: Int, channels: Int, in memory: CPUMemory) {
        self.plan = plan
        (self.groups, self.channels) = (groups, channels)
        let count = channels * plan.output.area
        maxima = LaneGroups(start: memory.start, groups: groups, valuesPerSample: count)
        indices = UnsafeMutableRawPointer(memory.start + models * groups * count).assumingMemoryBound(
            to: LaneShorts.self)
    }

    /// The maxima of one channel of a lane group.
    func callAsFunction(_ model: Int, _ group: Int, _ channel: Int) -> WindowMaxima {
        let area = plan.output.area
        return WindowMaxima(
            indices: indices + ((model * groups + group) * channels + channel) * area,
            values: maxima(model, group) + channel * area)
    }

    /// Computes the maxima of one channel of a lane group from the values, which are normalised later.
    ///
    /// - Parameter isDecreasing: whether the normalisation reverses the order of the values.
    func find(_ model: Int, _ group: Int, _ channel: Int, in values: UnsafePointer<Vector>, isDecreasing: Bool) {
        plan.findArgmax(of: values, isDecreasing: isDecreasing, maxima: self(model, group, channel))
    }

    /// Computes the maxima of one channel of a lane group from the normalised values.
    func find(
        _ model: Int, _ group: Int, _ channel: Int, in values: UnsafePointer<Vector>,
        after normalization: ChannelNormalization
    ) {
        plan.findArgmax(of: values, after: normalization, maxima: self(model, group, channel))
    }
}

extension CPUBackend {
    /// Computes the argmax again, from the normalised values, in channels whose normalisation is not monotonic.
    func recompute(
        _ argmax: ArgmaxIndices, _ norm: BatchNormValues, in values: LaneGroups, channels: Int, area: Int,
        counts: SampleCounts
    ) {
        for (model, count) in counts.perModel.enumerated() where count > 0 {
            for channel in 0..<channels {
                let normalization = norm.normalization(model: model, channel: channel)
                guard !normalization.isMonotonic else { continue }
                pool.run(Lanes.groups(for: count)) { group, _ in
                    argmax.find(
                        model, group, channel, in: UnsafePointer(values(model, group)) + channel * area,
                        after: normalization)
                }
            }
        }
    }
}
