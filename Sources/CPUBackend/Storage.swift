package import Backend
internal import Platform

/// Memory for vectors, aligned to cache lines, which are at least as wide as the vectors.
struct AlignedMemory<Element: BitwiseCopyable>: ~Copyable {
    /// For requests of at least this size, the available memory is checked first.
    private static var largeBytes: Int { 1 << 26 }
    /// Memory of at least half this size uses pages of this size, if the system provides them.
    ///
    /// With ordinary pages, address translation takes a few per cent of a step of 512 images.
    private static var hugePageBytes: Int { 1 << 21 }

    /// The first element.
    let pointer: UnsafeMutablePointer<Element>
    /// The capacity in elements.
    let count: Int

    /// Allocates `count` elements, all bytes zero.
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
        // Only a hint; a system without huge pages returns an error.
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
    /// The number of lane groups of each model.
    let groups: Int
    /// The normalisation that materialises the values; nil if ``memory`` holds them.
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

    /// Defers the normalisation to the readers of the activation.
    ///
    /// - Parameters:
    ///   - values: the input of the normalisation; it must not change before the last read.
    ///   - normalization: returns the normalisation of a channel of a model with samples.
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

    /// The number of vectors of all models.
    var vectorCount: Int { memory.count }
    /// The first vector.
    fileprivate var start: UnsafeMutablePointer<Vector> { memory.pointer }
}

/// An unowned reference to the lane groups of an activation, for inner loops, in which reference counting is too slow.
///
/// It is valid during the lifetime of the activation. Readers get it from ``CPUBackend/materialized(_:)`` or use a
/// ``LaneGroupReader``.
struct LaneGroups: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Vector>
    private let groups: Int
    private let valuesPerSample: Int

    /// For an operation that writes all lane groups.
    init(writingTo activation: CPUActivation) {
        activation.deferred = nil
        self.init(memoryOf: activation)
    }

    /// The memory, even if the values are not materialised.
    init(memoryOf activation: CPUActivation) {
        start = activation.start
        groups = activation.groups
        valuesPerSample = activation.shape.valuesPerSample
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

/// An unowned reference to a parameter slice.
///
/// It is valid during the lifetime of the storage.
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

/// The numbers of each model as `[model][count]` floats.
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
    /// The numbers of the slice in one model.
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

    /// Does nothing: every operation is complete when its call returns.
    package func synchronize() throws(BackendError) {}
}
