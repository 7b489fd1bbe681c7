package import Backend

/// A block of memory for activations and workspaces.
package final class CPUMemory {
    private let memory: AlignedMemory<Vector>

    init(bytes: Int) throws(BackendError) {
        let size = MemoryLayout<Vector>.stride
        memory = try AlignedMemory(count: (bytes + size - 1) / size)
    }

    var start: UnsafeMutablePointer<Vector> { memory.pointer }
}

/// Activations as `[model][lane group][channel][row][column]` vectors: samples innermost.
///
/// The memory is private to this file: the values of an activation may still have to be normalised, and what reads them does
/// it, in one of two ways (`reader()`, `CPUBackend.materialized(_:)`).
package final class CPUActivation: ActivationStorage {
    package let shape: ActivationShape
    /// The number of lane groups of each model.
    let groups: Int
    private var contents = Contents.stored
    private let memory: CPUMemory
    private let normalizations: AlignedMemory<ChannelNormalization>

    /// Where the values are.
    private enum Contents {
        /// In the memory.
        case stored
        /// In a workspace, before their normalisation.
        case deferred(DeferredNormalization)
        /// Nowhere: the workspace has other contents now.
        case lost
    }

    init(shape: ActivationShape, in memory: CPUMemory) throws(BackendError) {
        self.shape = shape
        self.memory = memory
        self.groups = Lanes.groups(for: shape.samples)
        self.normalizations = try AlignedMemory(count: shape.models * shape.channels)
    }

    /// Defers the normalisation to the readers of the activation.
    ///
    /// - Parameters:
    ///   - values: the input of the normalisation, in the shape of the activation.
    ///   - workspace: the owner of the values; it calls ``loseValues()`` before it overwrites them.
    ///   - normalization: returns the normalisation of a channel of a model with samples.
    func normalizeLater(
        _ values: LaneGroups, of workspace: CPUWorkspace, relu: Bool, counts: SampleCounts,
        _ normalization: (_ model: Int, _ channel: Int) -> ChannelNormalization
    ) {
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                normalizations.pointer[model * shape.channels + channel] = normalization(model, channel)
            }
        }
        contents = .deferred(
            DeferredNormalization(
                values: values, workspace: workspace, normalizations: UnsafePointer(normalizations.pointer), relu: relu,
                counts: counts))
    }

    /// Gives up values that are in a workspace.
    func loseValues() {
        if case .deferred = contents { contents = .lost }
    }

    /// The lane groups, for an operation that writes all of them.
    func writer() -> LaneGroups {
        contents = .stored
        return storedGroups
    }

    /// The lane groups, for an operation that reads each of them once or twice.
    func reader() -> LaneGroupReader {
        LaneGroupReader(deferred, else: storedGroups, shape: shape)
    }

    /// The normalisation that the values still need; nil if they are in the memory.
    private var deferred: DeferredNormalization? {
        switch contents {
        case .stored: nil
        case .deferred(let deferred): deferred
        case .lost: preconditionFailure("an activation is read after the backward pass of its layer")
        }
    }

    private var storedGroups: LaneGroups {
        LaneGroups(start: memory.start, groups: groups, valuesPerSample: shape.valuesPerSample)
    }

    /// Materialises the values if necessary and returns the lane groups.
    fileprivate func materialized(on backend: CPUBackend) -> LaneGroups {
        let target = storedGroups
        guard let deferred else { return target }
        let reader = reader()
        backend.forEachGroup(writing: target, shape, deferred.counts) { model, group, _ in
            _ = reader(model, group, in: target(model, group))
        }
        contents = .stored
        return target
    }
}

/// The output of a layer that is not materialised yet.
///
/// Each reader normalises the lane groups that it needs into its scratch memory, where they stay in the cache. This saves a
/// pass over memory and makes the working set of a training step smaller.
struct DeferredNormalization {
    /// The input of the normalisation, in the shape of the activation.
    let values: LaneGroups
    /// The owner of the values.
    let workspace: CPUWorkspace
    /// `[model][channel]`; valid as long as the activation is.
    let normalizations: UnsafePointer<ChannelNormalization>
    /// Whether a ReLU follows.
    let relu: Bool
    /// The samples of each model.
    let counts: SampleCounts
}

/// An unowned reference to lane groups, for inner loops, in which reference counting is too slow.
///
/// It is valid during the lifetime of the memory.
struct LaneGroups: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Vector>
    private let groups: Int
    private let valuesPerSample: Int

    init(start: UnsafeMutablePointer<Vector>, groups: Int, valuesPerSample: Int) {
        self.start = start
        self.groups = groups
        self.valuesPerSample = valuesPerSample
    }

    /// The `[channel][row][column]` vectors of one lane group.
    func callAsFunction(_ model: Int, _ group: Int) -> UnsafeMutablePointer<Vector> {
        start + (model * groups + group) * valuesPerSample
    }

    /// The values of one sample, at a distance of ``Lanes/width`` floats.
    func sample(_ model: Int, _ sample: Int) -> UnsafeMutablePointer<Float> {
        let (group, lane) = sample.quotientAndRemainder(dividingBy: Lanes.width)
        return UnsafeMutableRawPointer(self(model, group)).assumingMemoryBound(to: Float.self) + lane
    }
}

/// Read access to the lane groups of an activation: from its memory, or by normalising into scratch memory.
///
/// It is valid during the lifetime of the activation, until the activation or the input of its normalisation is written.
struct LaneGroupReader: BitwiseCopyable {
    private let values: LaneGroups
    private let normalizations: UnsafePointer<ChannelNormalization>?
    private let relu: Bool
    private let (channels, area): (Int, Int)

    fileprivate init(_ deferred: DeferredNormalization?, else stored: LaneGroups, shape: ActivationShape) {
        values = deferred?.values ?? stored
        normalizations = deferred?.normalizations
        relu = deferred?.relu ?? false
        (channels, area) = (shape.channels, shape.image.area)
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
    package func makeMemory(bytes: Int) throws(BackendError) -> CPUMemory { try CPUMemory(bytes: bytes) }

    package func byteCount(of shape: ActivationShape) -> Int {
        shape.models * Lanes.groups(for: shape.samples) * shape.valuesPerSample * MemoryLayout<Vector>.stride
    }

    package func makeActivation(
        _ shape: ActivationShape, in memory: CPUMemory
    ) throws(BackendError) -> CPUActivation {
        try CPUActivation(shape: shape, in: memory)
    }

    package func uncheckedWrite(_ values: [Float], to activation: CPUActivation) throws(BackendError) {
        let shape = activation.shape
        let perSample = shape.valuesPerSample
        let target = activation.writer()
        for model in 0..<shape.models {
            for sample in 0..<shape.samples {
                let lane = target.sample(model, sample)
                let first = (model * shape.samples + sample) * perSample
                for value in 0..<perSample { lane[value * Lanes.width] = values[first + value] }
            }
        }
    }

    package func read(_ activation: CPUActivation) throws(BackendError) -> [Float] {
        let shape = activation.shape
        let perSample = shape.valuesPerSample
        let source = materialized(activation)
        return [Float](unsafeUninitializedCapacity: shape.count) { values, initialized in
            for model in 0..<shape.models {
                for sample in 0..<shape.samples {
                    let lane = source.sample(model, sample)
                    let first = (model * shape.samples + sample) * perSample
                    for value in 0..<perSample { values[first + value] = lane[value * Lanes.width] }
                }
            }
            initialized = shape.count
        }
    }

    /// Materialises an activation if necessary and returns its lane groups.
    func materialized(_ activation: CPUActivation) -> LaneGroups { activation.materialized(on: self) }
}
