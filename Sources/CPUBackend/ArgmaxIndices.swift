internal import Backend

/// The memory for the argmax indices and the maxima of a layer's pooling.
struct ArgmaxIndices: BitwiseCopyable {
    let plan: PoolPlan
    /// The number of windows of a channel.
    let area: Int
    private let indices: UnsafeMutablePointer<LaneShorts>
    private let values: UnsafeMutablePointer<Vector>
    private let (groups, channels): (Int, Int)
    /// The scales of the batch norm, on whose signs the argmax depends.
    private let weight: SliceValues

    /// Nil for a layer without pooling.
    ///
    /// - Parameter output: the output of the layer. If the record has no memory for the argmax, the backend's is used.
    init?(
        _ norm: BatchNorm<CPUParameters>, _ record: CPUBackend.Record, output: CPUActivation, on backend: CPUBackend
    ) throws(BackendError) {
        guard let pool = norm.pool else { return nil }
        plan = PoolPlan(pool, input: record.convolved.shape.image)
        area = plan.output.area
        weight = SliceValues(norm.weight)
        (groups, channels) = (output.groups, output.shape.channels)
        if let argmax = record.argmax {
            indices = UnsafeMutableRawPointer(LaneGroups(writingTo: argmax.indices)(0, 0)).assumingMemoryBound(
                to: LaneShorts.self)
            values = LaneGroups(writingTo: argmax.values)(0, 0)
        } else {
            values = try backend.argmax.reserve(output.vectorCount + (output.vectorCount + 1) / 2, of: Vector.self)
            indices = UnsafeMutableRawPointer(values + output.vectorCount).assumingMemoryBound(to: LaneShorts.self)
        }
    }

    /// The maxima of one channel of a lane group.
    func callAsFunction(_ model: Int, _ group: Int, _ channel: Int) -> WindowMaxima {
        let first = ((model * groups + group) * channels + channel) * area
        return WindowMaxima(indices: indices + first, values: values + first)
    }

    /// Computes the maxima of one channel of a lane group.
    func find(_ model: Int, _ group: Int, _ channel: Int, in values: UnsafePointer<Vector>) {
        plan.findArgmax(
            of: values, isDecreasing: weight[model, channel] < 0, maxima: self(model, group, channel))
    }
}

extension CPUBackend {
    /// Computes the argmax of a layer whose forward pass has not saved it.
    func find(
        _ argmax: ArgmaxIndices, _ norm: BatchNorm<CPUParameters>, _ record: Record, counts: SampleCounts
    ) {
        let (shape, convolved) = (record.convolved.shape, materialized(record.convolved))
        forEachGroup(models: shape.models, groups: record.convolved.groups, counts: counts) { model, group, _, _ in
            for channel in 0..<shape.channels {
                argmax.find(
                    model, group, channel, in: UnsafePointer(convolved(model, group)) + channel * shape.image.area)
            }
        }
        recompute(argmax, BatchNormValues(norm, record), in: record.convolved, counts: counts)
    }

    /// Computes the argmax again, from the normalised values, in channels whose normalisation is not monotonic.
    func recompute(
        _ argmax: ArgmaxIndices, _ norm: BatchNormValues, in convolved: CPUActivation, counts: SampleCounts
    ) {
        let (shape, convolved) = (convolved.shape, LaneGroups(memoryOf: convolved))
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                let normalization = norm.normalization(model: model, channel: channel)
                guard !normalization.isMonotonic else { continue }
                pool.run(Lanes.groups(for: counts.perModel[model])) { group, _ in
                    argmax.plan.findArgmax(
                        of: UnsafePointer(convolved(model, group)) + channel * shape.image.area, after: normalization,
                        maxima: argmax(model, group, channel))
                }
            }
        }
    }
}
