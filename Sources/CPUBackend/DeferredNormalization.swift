internal import Backend

/// The output of a batch norm that is not materialised yet.
///
/// Each reader normalises the lane groups that it needs into its scratch memory, where they stay in the cache. This saves a
/// pass over memory and makes the working set of a training step smaller.
struct DeferredNormalization {
    /// The input of the normalisation, in the shape of the activation.
    let values: CPUActivation
    /// `[model][channel]`; valid as long as the activation is.
    let normalizations: UnsafePointer<ChannelNormalization>
    /// Whether a ReLU follows.
    let relu: Bool
    /// The samples of each model.
    let counts: SampleCounts
}

/// Read access to the lane groups of an activation: from its memory, or by normalising into scratch memory.
///
/// It is valid during the lifetime of the activation, until the activation or the input of its normalisation is written.
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

    /// The number of scratch vectors for one lane group.
    var scratchCount: Int { normalizations == nil ? 0 : channels * area }

    /// The `[channel][row][column]` vectors of one lane group.
    ///
    /// - Parameter scratch: has a capacity of ``scratchCount`` vectors.
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

    /// One channel of a lane group as it is in memory, and its deferred normalisation.
    func channel(
        _ model: Int, _ group: Int, _ channel: Int
    ) -> (values: UnsafePointer<Vector>, normalization: ChannelNormalization?) {
        (UnsafePointer(values(model, group)) + channel * area, normalizations?[model * channels + channel])
    }
}

extension CPUBackend {
    /// Materialises an activation if necessary and returns its lane groups.
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
