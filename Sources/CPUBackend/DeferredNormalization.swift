internal import Backend

/// An activation that a batch norm gives and that nobody has formed yet.
///
/// Its readers normalise the lane groups they need into memory of their own, where they stay in the cache: a pass over
/// memory less, and an array less that a training step touches.
struct DeferredNormalization {
    /// What is normalised, in the shape of the activation.
    let values: CPUActivation
    /// `[model][channel]`; valid as long as the activation is.
    let normalizations: UnsafePointer<ChannelNormalization>
    /// Whether the negative ones become zero.
    let relu: Bool
    /// Samples of each model.
    let counts: SampleCounts
}

/// Where a loop reads the lane groups of an activation: in its memory, or normalised into memory of the loop's own.
///
/// Valid as long as the activation is, and nobody writes to it or to what it is normalised from.
struct LaneGroupReader: BitwiseCopyable {
    private let values: LaneGroups
    private let normalizations: UnsafePointer<ChannelNormalization>?
    private let relu: Bool
    private let (channels, area): (Int, Int)

    init(_ activation: CPUActivation) {
        let deferred = activation.deferred
        values = LaneGroups(memoryOf: deferred?.values ?? activation)
        normalizations = deferred?.normalizations
        relu = deferred?.relu ?? false
        (channels, area) = (activation.shape.channels, activation.shape.image.area)
    }

    /// Vectors of a loop's own memory that one lane group takes.
    var scratchCount: Int { normalizations == nil ? 0 : channels * area }

    /// The `[channel][row][column]` vectors of one lane group.
    /// - Parameter scratch: room for ``scratchCount`` vectors.
    func callAsFunction(
        _ model: Int, _ group: Int, in scratch: UnsafeMutablePointer<Vector>
    ) -> UnsafePointer<Vector> {
        let values = UnsafePointer(self.values(model, group))
        guard let normalizations else { return values }
        for channel in 0..<channels {
            normalizations[model * channels + channel].apply(
                values + channel * area, residual: nil, relu: relu, count: area, output: scratch + channel * area)
        }
        return UnsafePointer(scratch)
    }

    /// One channel of a lane group as it is in memory, and how it is still to be normalised.
    func channel(
        _ model: Int, _ group: Int, _ channel: Int
    ) -> (values: UnsafePointer<Vector>, normalization: ChannelNormalization?) {
        (UnsafePointer(values(model, group)) + channel * area, normalizations?[model * channels + channel])
    }
}

extension CPUBackend {
    /// The lane groups of an activation in its own memory, formed if nobody has done it.
    func materialized(_ activation: CPUActivation) -> LaneGroups {
        let memory = LaneGroups(memoryOf: activation)
        guard let deferred = activation.deferred else { return memory }
        let reader = LaneGroupReader(activation)
        forEachGroup(activation, deferred.counts) { model, group, _ in
            _ = reader(model, group, in: memory(model, group))
        }
        activation.deferred = nil
        return memory
    }
}
