internal import Backend

/// Where the winners of a layer's pooling are noted.
struct ArgmaxIndices: BitwiseCopyable {
    let plan: PoolPlan
    /// Windows of a channel.
    let area: Int
    private let places: UnsafeMutablePointer<LaneShorts>
    private let values: UnsafeMutablePointer<Vector>
    private let (groups, channels): (Int, Int)
    /// The scales of the batch norm, whose signs decide who wins.
    private let weight: SliceValues

    /// Nil for a layer without pooling.
    ///
    /// - Parameter output: of the layer; where the record has no room, the backend has.
    init?(
        _ norm: BatchNorm<CPUParameters>, _ record: CPUBackend.Record, output: CPUActivation, on backend: CPUBackend
    ) throws(BackendError) {
        guard let pool = norm.pool else { return nil }
        plan = PoolPlan(pool, input: record.convolved.shape.image)
        area = plan.output.area
        weight = SliceValues(norm.weight)
        (groups, channels) = (output.groups, output.shape.channels)
        if let winners = record.winners {
            places = UnsafeMutableRawPointer(LaneGroups(writingTo: winners.places)(0, 0)).assumingMemoryBound(
                to: LaneShorts.self)
            values = LaneGroups(writingTo: winners.values)(0, 0)
        } else {
            values = try backend.winners.reserve(output.vectorCount + (output.vectorCount + 1) / 2, of: Vector.self)
            places = UnsafeMutableRawPointer(values + output.vectorCount).assumingMemoryBound(to: LaneShorts.self)
        }
    }

    /// Those of one channel of a lane group.
    func callAsFunction(_ model: Int, _ group: Int, _ channel: Int) -> WindowMaxima {
        let first = ((model * groups + group) * channels + channel) * area
        return WindowMaxima(places: places + first, values: values + first)
    }

    /// Finds those of one channel of a lane group.
    func find(_ model: Int, _ group: Int, _ channel: Int, in values: UnsafePointer<Vector>) {
        plan.findWinners(
            of: values, isTurned: weight[model, channel] < 0, winners: self(model, group, channel))
    }
}

extension CPUBackend {
    /// Finds the winners of a layer whose forward pass had no room for them.
    func findWinners(
        _ winners: ArgmaxIndices, _ norm: BatchNorm<CPUParameters>, _ record: Record, counts: SampleCounts
    ) {
        let (shape, convolved) = (record.convolved.shape, materialized(record.convolved))
        forEachGroup(models: shape.models, groups: record.convolved.groups, counts: counts) { model, group, _, _ in
            for channel in 0..<shape.channels {
                winners.find(
                    model, group, channel, in: UnsafePointer(convolved(model, group)) + channel * shape.image.area)
            }
        }
        settle(winners, BatchNormValues(norm, record), in: record.convolved, counts: counts)
    }

    /// Finds the winners again in channels in which a normalisation does not keep the order of the values.
    func settle(
        _ winners: ArgmaxIndices, _ norm: BatchNormValues, in convolved: CPUActivation, counts: SampleCounts
    ) {
        let (shape, convolved) = (convolved.shape, LaneGroups(memoryOf: convolved))
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                let normalization = norm.normalization(model: model, channel: channel)
                guard !normalization.isOrdered else { continue }
                pool.run(Lanes.groups(for: counts.perModel[model])) { group, _ in
                    winners.plan.findWinners(
                        of: UnsafePointer(convolved(model, group)) + channel * shape.image.area, after: normalization,
                        winners: winners(model, group, channel))
                }
            }
        }
    }
}
