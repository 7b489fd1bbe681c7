package import Backend
import Dispatch

/// The backend that runs kernels on an OpenCL device.
///
/// Data set, parameters and activations are in device memory. Operations are enqueued in one in-order queue and return
/// immediately; reading waits for them.
package final class OpenCLBackend: Backend {
    package typealias Slice = ParameterSlice<OpenCLParameters>

    /// The backend's name as `--backend` takes it.
    static let name = "opencl"

    package let device: DeviceDescription

    /// The parameters of the kernels.
    package let configuration: KernelConfiguration

    private let context: DeviceContext
    private let unit: DeviceUnit
    let queue: CommandQueue
    let library: KernelLibrary

    /// The partial sums of gradients that are not added yet.
    private(set) lazy var pendingSums = PendingSums(self)

    /// The backends on the compute units, made at their first use.
    ///
    /// They keep their kernels from one stack to the next.
    private var teams: [OpenCLBackend] = []

    private var countBuffers: [SampleCounts: DeviceBuffer] = [:]
    private var scratch: [Scratch: DeviceBuffer] = [:]
    /// Whether operations are the second ones of pairs, whose scratch memory is not that of the first ones.
    var isSecondOfPair = false

    var tilings: [ConvolutionKey: ConvolutionTiling] = [:]

    /// Opens a device and runs a test kernel on it, so that a faulty driver or compiler is found before training.
    ///
    /// - Parameters:
    ///   - configuration: the parameters of the kernels; nil for those of the device's class, with the tuner's tile sizes.
    ///   - cache: the folder of built programs and of the tuner's choices.
    ///   - isProfiling: whether the device measures the duration of recorded launches.
    /// - Throws: `BackendError.unavailable(backend:reason:)`, with the compiler's log if a kernel can't be built.
    package convenience init(
        device: OpenCLDevice, configuration: KernelConfiguration? = nil, cache: CacheFolder = .user,
        isProfiling: Bool = false
    ) throws(BackendError) {
        do throws(BackendError) {
            let configuration =
                if let configuration { configuration } else {
                    TunedTiles(cache).apply(to: try .automatic(for: device), on: device)
                }
            try configuration.validate(on: device)
            let context = try DeviceContext(
                device: device, cache: cache,
                isPartitioned: configuration.unitSamples != nil && device.hasThreadOfEachUnit && !isProfiling)
            try self.init(context, unit: context.units[0], configuration, isProfiling: isProfiling)
        } catch {
            guard case .deviceFailure(let device, let operation, let detail) = error else { throw error }
            throw .unavailable(backend: "opencl", reason: "\(operation) failed on \(device): \(detail)")
        }
    }

    private init(
        _ context: DeviceContext, unit: DeviceUnit, _ configuration: KernelConfiguration, isProfiling: Bool = false
    ) throws(BackendError) {
        device = context.device.description
        self.configuration = configuration
        self.context = context
        self.unit = unit
        queue = try CommandQueue(context, unit: unit, isProfiling: isProfiling)
        library = KernelLibrary(context, unit: unit, order: configuration.sumOrder)
        try runTestKernel()
    }

    /// Runs an SGD step of one parameter and checks the result.
    private func runTestKernel() throws(BackendError) {
        let parameter = try makeParameters(models: 1, count: 1)
        let gradient = try makeParameters(models: 1, count: 1)
        let rate = try makeParameters(models: 1, count: 1)
        try write([3], to: parameter)
        try write([2], to: gradient)
        try write([0.5], to: rate)
        try sgdStep(
            parameters: parameter, gradients: gradient, learningRates: rate, counts: SampleCounts([1]))
        let found = try read(parameter)
        guard found == [2] else {
            throw .deviceFailure(
                device: device.name, operation: "a test kernel", detail: "3 - 0.5 * 2 came out as \(found)")
        }
    }

    /// Makes a backend on the same device that processes all models of a step at once, as on a GPU.
    ///
    /// - Parameter isProfiling: whether the device measures the duration of recorded launches.
    package func makeUndivided(isProfiling: Bool = false) throws(BackendError) -> OpenCLBackend {
        try copy(isProfiling: isProfiling) { $0.unitSamples = nil }
    }

    /// Makes a backend on the same device with other tile sizes.
    package func with(_ tiles: KernelTiles) throws(BackendError) -> OpenCLBackend {
        try copy { $0.tiles = tiles }
    }

    private func copy(
        isProfiling: Bool = false, _ change: (inout KernelConfiguration) -> Void
    ) throws(BackendError) -> OpenCLBackend {
        var other = configuration
        change(&other)
        return try OpenCLBackend(
            device: context.device, configuration: other, cache: context.cache, isProfiling: isProfiling)
    }

    // MARK: Stacks

    /// The number of models that have ``KernelConfiguration/unitSamples`` samples per compute unit.
    package func preferredModels(samples: Int) -> Int {
        guard let unitSamples = configuration.unitSamples else { return .max }
        return max(unitSamples * (unit.isSubDevice ? 1 : device.computeUnits) / max(samples, 1), 1)
    }

    /// What one buffer holds, and at most a quarter of the memory: that also has the other data set, the weights and the
    /// activations.
    package var largestDatasetBytes: Int? { min(queue.device.maximumBufferBytes, device.memoryBytes / 4) }

    /// At least ``KernelConfiguration/evaluationSamples``.
    package func preferredEvaluationSamples(samples: Int) -> Int { max(samples, configuration.evaluationSamples) }

    /// One team on each compute unit, if the device is partitioned and there are enough models for all of them.
    ///
    /// Threads then do not wait for each other after every kernel, and the activations of a step are in one thread's cache.
    package func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [OpenCLBackend] {
        let computeUnits = context.units.dropFirst()
        guard !computeUnits.isEmpty, computeUnits.count <= count else { return [self] }
        if teams.isEmpty {
            for unit in computeUnits { teams.append(try OpenCLBackend(context, unit: unit, configuration)) }
        }
        return teams
    }

    package func runTeams(_ count: Int, _ body: (_ team: Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            // Each team is used by one thread; the state that teams share is thread-safe.
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: count) { body($0) }
        }
    }

    // MARK: Measurements

    /// The number of programs that were compiled from source instead of loaded from the cache.
    package var compilations: Int { context.compilations }

    /// What the compiler said about each of them.
    var buildReports: [BuildReport] { context.buildReports }

    /// The peak number of bytes of device memory.
    package var peakMemoryBytes: Int { context.memory.peak }

    /// The duration of each kernel on the device in seconds while `body` runs, by the kernel's name.
    ///
    /// - Precondition: the backend was made for profiling.
    package func kernelSeconds(_ body: () throws -> Void) throws -> [String: Double] {
        let launches = try recordLaunches(body)
        let seconds = try queue.takeTimes()
        return Dictionary(zip(launches.map(\.kernel), seconds), uniquingKeysWith: +)
    }

    /// The launches while `body` runs.
    package func recordLaunches(_ body: () throws -> Void) throws -> [KernelLaunch] {
        queue.recorded = []
        defer { queue.recorded = nil }
        try body()
        return queue.recorded ?? []
    }

    // MARK: Shared by all operations

    /// The sample counts in device memory; a run has few different ones.
    func buffer(of counts: SampleCounts) throws(BackendError) -> DeviceBuffer {
        if let known = countBuffers[counts] { return known }
        // Limits the memory for a caller whose counts always differ.
        if countBuffers.count >= 256 { countBuffers.removeAll() }
        let buffer = try queue.makeBuffer(counts.perModel.map { Int32($0) })
        countBuffers[counts] = buffer
        return buffer
    }

    /// The purposes of memory between two kernels of one operation.
    enum ScratchPurpose {
        case moments, values, squares
    }

    private struct Scratch: Hashable {
        var purpose: ScratchPurpose
        var isSecondOfPair: Bool
    }

    /// Memory for `count` numbers between two kernels of one operation.
    ///
    /// The queue is in order, so the next operation can reuse the memory.
    func scratch(_ purpose: ScratchPurpose, floats count: Int) throws(BackendError) -> DeviceBuffer {
        let purpose = Scratch(purpose: purpose, isSecondOfPair: isSecondOfPair)
        if let known = scratch[purpose], known.byteCount >= count * 4 { return known }
        let buffer = try queue.makeBuffer(byteCount: count * 4)
        scratch[purpose] = buffer
        return buffer
    }

    /// The number of groups of lanes for `samples` samples.
    func groups(of samples: Int) -> Int { max((samples + configuration.lanes - 1) / configuration.lanes, 1) }
}
