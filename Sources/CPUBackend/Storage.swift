package import Backend
internal import Platform

/// Memory for vectors, aligned to a cache line, which is at least as wide as any vector.
struct AlignedMemory<Element: BitwiseCopyable>: ~Copyable {
    /// From this size on, the system is asked whether it has so much.
    private static var largeBytes: Int { 1 << 22 }
    /// Memory of half this size or more is made of pages of this size where the system has some: with usual ones, the
    /// processor spends a few per cent of a step of 512 images on looking pages up.
    private static var hugePageBytes: Int { 1 << 21 }

    /// The first element.
    let pointer: UnsafeMutablePointer<Element>
    /// How many elements there is room for.
    let count: Int

    /// Room for `count` elements, all bytes zero.
    init(count: Int) throws(BackendError) {
        var bytes = max(count, 1) * MemoryLayout<Element>.stride
        let isHuge = bytes >= Self.hugePageBytes / 2
        if isHuge { bytes = (bytes + Self.hugePageBytes - 1) / Self.hugePageBytes * Self.hugePageBytes }
        if bytes >= Self.largeBytes, let available = Machine.current.availableMemoryBytes, bytes > available {
            throw .outOfMemory(
                device: "cpu", requestedBytes: bytes, detail: "\(available) are available")
        }
        var address: UnsafeMutableRawPointer?
        let status = posix_memalign(&address, isHuge ? Self.hugePageBytes : 64, bytes)
        guard status == 0, let address else {
            throw .outOfMemory(device: "cpu", requestedBytes: bytes, detail: String(cString: strerror(status)))
        }
        // A wish; a system without such pages says no.
        if isHuge { madvise(address, bytes, MADV_HUGEPAGE) }
        memset(address, 0, bytes)
        self.pointer = address.bindMemory(to: Element.self, capacity: max(count, 1))
        self.count = count
    }

    deinit {
        free(pointer)
    }
}

/// Activations as `[model][lane group][channel][row][column]` vectors: samples innermost.
package final class CPUActivation: ActivationStorage {
    package let shape: ActivationShape
    /// Lane groups of each model.
    let groups: Int
    /// How the values are to be formed where ``memory`` does not hold them.
    ///
    /// An operation that writes to the memory sets this to nil (``LaneGroups/init(writingTo:)``).
    var deferred: DeferredNormalization?
    private let memory: AlignedMemory<Vector>
    private let normalizations: AlignedMemory<ChannelNormalization>

    init(shape: ActivationShape) throws(BackendError) {
        self.shape = shape
        self.groups = Lanes.groups(for: shape.samples)
        self.memory = try AlignedMemory(count: shape.models * groups * shape.valuesPerSample)
        self.normalizations = try AlignedMemory(count: shape.models * shape.channels)
    }

    /// Leaves it to the readers to form the values.
    /// - Parameters:
    ///   - values: what is normalised; they must stay as they are.
    ///   - normalization: of each model with samples and channel.
    func normalizeLater(
        _ values: CPUActivation, relu: Bool, counts: SampleCounts,
        _ normalization: (_ model: Int, _ channel: Int) -> ChannelNormalization
    ) {
        for model in 0..<shape.models where counts.perModel[model] > 0 {
            for channel in 0..<shape.channels {
                normalizations.pointer[model * shape.channels + channel] = normalization(model, channel)
            }
        }
        deferred = DeferredNormalization(
            values: values, normalizations: UnsafePointer(normalizations.pointer), relu: relu,
            counts: counts)
    }

    /// Vectors of all models.
    var vectorCount: Int { memory.count }
    /// The first of them.
    fileprivate var start: UnsafeMutablePointer<Vector> { memory.pointer }
}

/// Where the lane groups of an activation are, without its ownership: for loops, in which counting references costs more
/// than the work.
///
/// Valid as long as the activation is. What is to be read comes from ``CPUBackend/formed(_:)`` or a ``LaneGroupReader``.
struct LaneGroups: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Vector>
    private let groups: Int
    private let valuesPerSample: Int

    /// For an operation that writes to all of them.
    init(writingTo activation: CPUActivation) {
        activation.deferred = nil
        self.init(memoryOf: activation)
    }

    /// The memory, whether the values are there or not.
    init(memoryOf activation: CPUActivation) {
        start = activation.start
        groups = activation.groups
        valuesPerSample = activation.shape.valuesPerSample
    }

    /// The `[channel][row][column]` vectors of one lane group.
    func callAsFunction(_ model: Int, _ group: Int) -> UnsafeMutablePointer<Vector> {
        start + (model * groups + group) * valuesPerSample
    }

    /// Where the values of one sample are, ``Lanes/width`` floats apart.
    func sample(_ model: Int, _ sample: Int) -> UnsafeMutablePointer<Float> {
        let (group, lane) = sample.quotientAndRemainder(dividingBy: Lanes.width)
        return UnsafeMutableRawPointer(self(model, group)).assumingMemoryBound(to: Float.self) + lane
    }
}

/// Where a parameter slice is, without its ownership.
///
/// Valid as long as the storage is.
struct SliceValues: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Float>
    private let stride: Int

    init(_ slice: ParameterSlice<CPUParameters>) {
        start = slice.model(0)
        stride = slice.storage.count
    }

    /// One number of a model.
    subscript(model: Int, index: Int) -> Float {
        get { start[model * stride + index] }
        nonmutating set { start[model * stride + index] = newValue }
    }
}

/// Numbers of each model as `[model][count]` floats.
package final class CPUParameters: ParameterStorage {
    package let models: Int
    package let count: Int
    private let memory: AlignedMemory<Float>

    init(models: Int, count: Int) throws(BackendError) {
        self.models = models
        self.count = count
        self.memory = try AlignedMemory(count: models * count)
    }

    /// The numbers of one model.
    func model(_ model: Int) -> UnsafeMutablePointer<Float> {
        memory.pointer + model * count
    }
}

extension ParameterSlice<CPUParameters> {
    /// The slice's numbers of one model.
    func model(_ model: Int) -> UnsafeMutablePointer<Float> {
        storage.model(model) + offset
    }
}

extension CPUBackend {
    package func makeActivation(_ shape: ActivationShape) throws(BackendError) -> CPUActivation {
        try CPUActivation(shape: shape)
    }

    package func write(_ values: [Float], to activation: CPUActivation) throws(BackendError) {
        let shape = activation.shape
        guard values.count == shape.count else {
            throw .shapeMismatch(
                operation: "write activation", expected: "\(shape.count) values for \(shape)",
                found: "\(values.count)")
        }
        let perSample = shape.valuesPerSample
        let target = LaneGroups(writingTo: activation)
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
        let source = formed(activation)
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

    package func makeParameters(models: Int, count: Int) throws(BackendError) -> CPUParameters {
        try CPUParameters(models: models, count: count)
    }

    package func write(_ values: [Float], to parameters: CPUParameters) throws(BackendError) {
        guard values.count == parameters.models * parameters.count else {
            throw .shapeMismatch(
                operation: "write parameters", expected: "[\(parameters.models), \(parameters.count)] values",
                found: "\(values.count)")
        }
        values.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            parameters.model(0).update(from: first, count: values.count)
        }
    }

    package func read(_ parameters: CPUParameters) throws(BackendError) -> [Float] {
        Array(UnsafeBufferPointer(start: parameters.model(0), count: parameters.models * parameters.count))
    }

    /// Every operation has run when its call returns.
    package func synchronize() throws(BackendError) {}
}
