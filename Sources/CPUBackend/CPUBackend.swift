package import Backend
internal import Platform

/// The operations in Swift on the processor's vectors and all of its cores.
///
/// Activations lie samples innermost (``CPUActivation``), so every operation is "a number times a vector of samples"
/// with no remainders whatever the image size. An operation is one or a few parallel loops over models and lane groups;
/// sums over samples are kept for each of these and merged in order, so that no result depends on the number of
/// threads, nor on the other models of the stack.
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
    private var passesBackwards = false
    // Memory that all workers share, valid until the next operation asks for it.
    let packedWeights: Scratch
    let partialSums: Scratch
    let partialGradients: Scratch
    let winners: Scratch
    let arrivals = Arrivals()

    /// Opens the backend on `threads` threads, or on as many as there are cores that the process may use.
    ///
    /// - Throws: ``BackendError/unavailable(backend:reason:)`` on a processor that lacks a feature the program was
    ///   compiled for, and for a number of threads that is not positive.
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
        winners = try Scratch()
    }

    private static func describe(threads: Int) -> DeviceDescription {
        let information = Processor.cpuInformation()
        return DeviceDescription(
            backend: "cpu", name: information["model name"] ?? "CPU",
            vendor: information["vendor_id"] ?? information["CPU implementer"] ?? "unknown",
            driver: "Swift SIMD\(Lanes.width)<Float>, \(threads) thread\(threads == 1 ? "" : "s")", kind: .cpu,
            computeUnits: threads, clockMegahertz: Int(Double(information["cpu MHz"] ?? "") ?? 0),
            memoryBytes: Machine.current.memoryLimitBytes ?? Machine.current.memoryBytes)
    }

    /// The fewest whose chunks of samples keep nine tenths of the threads busy, and that give each thread 32 samples:
    /// with fewer models, what they leave in the cache is used again sooner; with fewer samples, what has to be done once
    /// a model or once an operation begins to show.
    package func preferredModels(samples: Int) -> Int {
        let chunks = SampleChunk.count(samples: samples)
        let least = max(1, (32 * pool.threads + samples - 1) / max(samples, 1))
        return (least..<least + pool.threads).first { models in
            let rounds = (models * chunks + pool.threads - 1) / pool.threads
            return 10 * models * chunks >= 9 * rounds * pool.threads
        } ?? least
    }

    /// Backends with about the same number of threads each, all of them together as many as this one.
    ///
    /// A thread for every 128 samples: threads wait for each other at the end of every operation, which large batches make
    /// up for, and teams each keep the activations of a batch, which only those of small batches find in the cache again.
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

    /// Memory of each worker's own, valid until the next call: `count` vectors from what `workerScratch(worker)` gives.
    ///
    /// It grows to the largest that was ever asked for, so that a training step allocates nothing.
    func reserveWorkerScratch(_ count: Int) throws(BackendError) -> WorkerScratch {
        if count > workerStride {
            workerStride = count
            workerMemory = try AlignedMemory(count: count * pool.threads)
        }
        return WorkerScratch(start: workerMemory.pointer, stride: workerStride)
    }

    /// Runs a loop over lane groups, which begins at the end at which the one before has ended: what that has touched last
    /// is still in the caches.
    func pass(_ count: Int, _ body: (_ iteration: Int, _ worker: Int) -> Void) {
        passesBackwards.toggle()
        pool.run(count, backwards: passesBackwards, body)
    }

    /// Calls `body(model, group, used, worker)` for every lane group that holds samples; `used` of its lanes do.
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

/// Memory of each worker's own.
struct WorkerScratch {
    let start: UnsafeMutablePointer<Vector>
    let stride: Int

    /// The memory of one worker.
    subscript(worker: Int) -> UnsafeMutablePointer<Vector> { start + worker * stride }
}

/// Memory for one kind of intermediate result.
///
/// It grows to the largest that was ever asked for, so that a training step allocates nothing.
final class Scratch {
    private var memory: AlignedMemory<Vector>

    init() throws(BackendError) {
        memory = try AlignedMemory(count: 0)
    }

    /// Room for `count` values, with anything in it.
    func reserve<Element: BitwiseCopyable>(
        _ count: Int, of type: Element.Type
    ) throws(BackendError) -> UnsafeMutablePointer<Element> {
        let (size, vector) = (MemoryLayout<Element>.stride, MemoryLayout<Vector>.stride)
        let vectors = (count * size + vector - 1) / vector
        if vectors > memory.count { memory = try AlignedMemory(count: vectors) }
        return UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: type)
    }
}
