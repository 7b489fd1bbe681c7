package import Backend
internal import Platform

/// The backend in SIMD Swift, on all cores of the processor.
///
/// Activations have the samples innermost in memory (``CPUActivation``). Every operation is therefore "scalar times vector
/// of samples", without remainder loops for any image size. An operation is one or a few parallel loops over models and
/// lane groups. Each iteration stores its partial sums, which are merged in a fixed order; so no result depends on the
/// number of threads or on the other models of the stack.
///
/// A backend is used from one thread at a time.
package final class CPUBackend: Backend {
    package typealias Activation = CPUActivation
    package typealias Parameters = CPUParameters
    package typealias Slice = ParameterSlice<CPUParameters>

    package let device: DeviceDescription
    let pool: ThreadPool
    var convolutionAlgorithms: [Convolution: ConvolutionAlgorithms] = [:]
    var linearTables: [ActivationShape: Table] = [:]
    private var workerMemory: AlignedMemory<Vector>
    private var workerStride = 0
    private var loopsBackwards = false
    // Memory that all workers share, valid until the next operation reserves it.
    let packedWeights: Scratch
    let partialSums: Scratch
    let partialGradients: Scratch
    let reductionFlags = ReductionFlags()

    /// Opens the backend on `threads` threads, or on as many as there are cores that the process may use.
    ///
    /// - Throws: `BackendError.unavailable(backend:reason:)` if the processor lacks a feature that the program was
    ///   compiled for, or if the number of threads is not positive.
    package init(threads: Int? = nil) throws(BackendError) {
        try Processor.require(Processor.needed, present: Processor.present)
        guard threads ?? 1 > 0 else {
            throw .unavailable(backend: "cpu", reason: "it needs at least one thread, not \(threads ?? 0)")
        }
        pool = ThreadPool(threads: threads ?? Machine.current.cores)
        device = Self.describe(threads: pool.threads)
        workerMemory = try AlignedMemory(count: 0)
        packedWeights = try Scratch()
        partialSums = try Scratch()
        partialGradients = try Scratch()
    }

    /// The backend's name as `--backend` takes it.
    static let name = "cpu"

    /// The processor as a device of this many threads.
    static func describe(threads: Int) -> DeviceDescription {
        let information = Processor.cpuInformation()
        return DeviceDescription(
            backend: name, name: information["model name"] ?? "CPU",
            vendor: information["vendor_id"] ?? information["CPU implementer"] ?? "unknown",
            driver: "Swift SIMD\(Lanes.width)<Float>, \(threads) thread\(threads == 1 ? "" : "s")", kind: .cpu,
            computeUnits: threads, clockMegahertz: Int(Double(information["cpu MHz"] ?? "") ?? 0),
            memoryBytes: Machine.current.memoryLimitBytes ?? Machine.current.memoryBytes)
    }

    /// The smallest number of models whose chunks of samples use at least 90% of the threads, with 32 samples per thread.
    ///
    /// Fewer models have a smaller working set, which stays in the cache. With fewer samples per thread, the fixed costs of
    /// each model and of each operation become significant.
    package func preferredModels(samples: Int) -> Int {
        let chunks = SampleChunk.count(samples: samples)
        let least = max(1, (32 * pool.threads + samples - 1) / max(samples, 1))
        return (least..<least + pool.threads).first { models in
            let rounds = (models * chunks + pool.threads - 1) / pool.threads
            return 10 * models * chunks >= 9 * rounds * pool.threads
        } ?? least
    }

    /// Backends that divide the threads of this one evenly, with one thread per 128 samples.
    ///
    /// The threads of a team wait for each other after every operation, so a small batch is faster on a small team. Every
    /// team has the activations of its own batch in the cache, so large batches need fewer and larger teams.
    package func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [CPUBackend] {
        let teams = min(count, pool.threads / min(max(samples / 128, 1), pool.threads))
        guard teams > 1 else { return [self] }
        var made: [CPUBackend] = []
        for team in 0..<teams {
            made.append(try CPUBackend(threads: (team + 1) * pool.threads / teams - team * pool.threads / teams))
        }
        return made
    }

    package func runTeams(_ count: Int, _ body: (_ team: Int) -> Void) {
        pool.run(count) { team, _ in body(team) }
    }

    /// Returns memory of `count` vectors for each worker, valid until the next call.
    ///
    /// The memory only grows, so a training step allocates nothing after the first steps.
    func reserveWorkerScratch(_ count: Int) throws(BackendError) -> WorkerScratch {
        if count > workerStride {
            workerStride = count
            workerMemory = try AlignedMemory(count: count * pool.threads)
        }
        return WorkerScratch(start: workerMemory.pointer, stride: workerStride)
    }

    /// Runs a parallel loop over lane groups, in the reverse direction of the previous loop.
    ///
    /// The lane groups that the previous loop processed last are still in the caches.
    func pass(_ count: Int, _ body: (_ iteration: Int, _ worker: Int) -> Void) {
        loopsBackwards.toggle()
        pool.run(count, backwards: loopsBackwards, body)
    }

    /// Calls `body(model, group, worker)` for every lane group with samples of an output of a shape, and writes zeros to its
    /// other lanes.
    func forEachGroup(
        writing output: LaneGroups, _ shape: ActivationShape, _ counts: SampleCounts,
        _ body: (_ model: Int, _ group: Int, _ worker: Int) -> Void
    ) {
        let (count, groups) = (shape.valuesPerSample, Lanes.groups(for: shape.samples))
        pass(shape.models * groups) { task, worker in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            if used > 0 { body(model, group, worker) }
            clearPadding(of: output(model, group), count: count, used: used)
        }
    }

    /// Calls `body(model, group, used, worker)` for every lane group with samples, which are in its first `used` lanes.
    func forEachGroup(
        models: Int, groups: Int, counts: SampleCounts,
        _ body: (_ model: Int, _ group: Int, _ used: Int, _ worker: Int) -> Void
    ) {
        pass(models * groups) { task, worker in
            let (model, group) = task.quotientAndRemainder(dividingBy: groups)
            let used = Lanes.used(group: group, count: counts.perModel[model])
            if used > 0 { body(model, group, used, worker) }
        }
    }
}
