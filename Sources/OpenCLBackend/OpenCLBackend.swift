package import Backend
import Dispatch

/// The backend that runs kernels on an OpenCL device.
///
/// Data set, parameters and activations live on the device. Operations are put into one in-order queue and return at
/// once; reading waits.
package final class OpenCLBackend: Backend {
    package typealias Slice = ParameterSlice<OpenCLParameters>

    package let device: DeviceDescription

    /// How the kernels are cut.
    package let configuration: KernelConfiguration

    private let context: DeviceContext
    private let unit: DeviceUnit
    let queue: CommandQueue
    let library: KernelLibrary

    /// Gradients that wait for being added up.
    private(set) lazy var pendingSums = PendingSums(self)

    /// On the compute units, as soon as they are wanted; they keep their kernels from one stack to the next.
    private var teams: [OpenCLBackend] = []

    private var countBuffers: [SampleCounts: DeviceBuffer] = [:]
    private var scratch: [Scratch: DeviceBuffer] = [:]

    var tilings: [ConvolutionKey: ConvolutionTiling] = [:]

    /// Sets a device up, and runs a first kernel on it: a driver or compiler that can't work shows before training.
    ///
    /// - Parameters:
    ///   - configuration: How the kernels are cut; nil for what suits the device, with the tiles a tuner chose.
    ///   - cache: Where built programs and the tuner's choices are kept.
    ///   - isProfiling: Whether the device takes the time of recorded launches.
    /// - Throws: ``BackendError/unavailable(backend:reason:)``, with the compiler's log where a kernel can't be built.
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
        library = KernelLibrary(context, unit: unit)
        try runTestKernel()
    }

    /// Takes a gradient step of one number.
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
                device: device.name, operation: "a first kernel", detail: "3 - 0.5 * 2 came out as \(found)")
        }
    }

    /// This backend again, with all models going through a step at once, as they do on a GPU.
    ///
    /// - Parameter isProfiling: Whether the device takes the time of recorded launches.
    package func makeUndivided(isProfiling: Bool = false) throws(BackendError) -> OpenCLBackend {
        try again(isProfiling: isProfiling) { $0.unitSamples = nil }
    }

    /// This backend again, with other tiles.
    package func with(_ tiles: KernelTiles) throws(BackendError) -> OpenCLBackend {
        try again { $0.tiles = tiles }
    }

    private func again(
        isProfiling: Bool = false, _ change: (inout KernelConfiguration) -> Void
    ) throws(BackendError) -> OpenCLBackend {
        var other = configuration
        change(&other)
        return try OpenCLBackend(
            device: context.device, configuration: other, cache: context.cache, isProfiling: isProfiling)
    }

    // MARK: Stacks

    /// As many as make up ``KernelConfiguration/unitSamples`` for each compute unit.
    package func preferredModels(samples: Int) -> Int {
        guard let unitSamples = configuration.unitSamples else { return .max }
        return max(unitSamples * (unit.isSubDevice ? 1 : device.computeUnits) / max(samples, 1), 1)
    }

    /// A team on each compute unit where the device is shared out and there are models for all of them.
    ///
    /// No thread waits for another after every kernel then, and the activations of a step are in the cache of one.
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
            // Each team is its thread's own; what they share keeps them apart.
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: count) { body($0) }
        }
    }

    // MARK: Measurements

    /// Programs that were compiled from their source, and not taken from the cache.
    package var compilations: Int { context.compilations }

    /// The most bytes of device memory at once.
    package var peakMemoryBytes: Int { context.memory.peak }

    /// The seconds that each kernel takes on the device while `body` runs, by name.
    ///
    /// - Precondition: the backend was made for profiling.
    package func kernelSeconds(_ body: () throws -> Void) throws -> [String: Double] {
        let launches = try recordLaunches(body)
        let seconds = try queue.takeTimes()
        return Dictionary(zip(launches.map(\.kernel), seconds), uniquingKeysWith: +)
    }

    /// The launches that `body` makes.
    package func recordLaunches(_ body: () throws -> Void) throws -> [KernelLaunch] {
        queue.recorded = []
        defer { queue.recorded = nil }
        try body()
        return queue.recorded ?? []
    }

    // MARK: What operations share

    /// The counts on the device; a run has few different ones.
    func buffer(of counts: SampleCounts) throws(BackendError) -> DeviceBuffer {
        if let known = countBuffers[counts] { return known }
        // A caller that never repeats itself must not fill the device's memory.
        if countBuffers.count >= 256 { countBuffers.removeAll() }
        let buffer = try queue.makeBuffer(counts.perModel.map { Int32($0) })
        countBuffers[counts] = buffer
        return buffer
    }

    /// What kernels of one operation hand to each other.
    enum Scratch {
        case partialSums, places, distances, convolved
    }

    /// Memory for `count` numbers between two kernels of one operation.
    ///
    /// The queue is in order, so the next operation may use it again.
    func scratch(_ purpose: Scratch, floats count: Int) throws(BackendError) -> DeviceBuffer {
        if let known = scratch[purpose], known.byteCount >= count * 4 { return known }
        let buffer = try queue.makeBuffer(byteCount: count * 4)
        scratch[purpose] = buffer
        return buffer
    }

    /// How many groups of lanes hold so many samples.
    func groups(of samples: Int) -> Int { max((samples + configuration.lanes - 1) / configuration.lanes, 1) }

    /// The constants that every kernel file asks for.
    ///
    /// - Parameter slices: Work-items of a work-group beside those of the lanes.
    func constants(slices: Int, _ others: [String: Int] = [:]) -> [String: Int] {
        var all = others
        all["VECTOR"] = configuration.vector
        all["ITEMS"] = configuration.items
        all["SLICES"] = slices
        return all
    }
}
