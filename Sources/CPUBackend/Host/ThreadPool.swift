internal import CProcessor
internal import Dispatch
internal import Platform
internal import Synchronization

/// A pool of persistent threads for parallel loops that take microseconds.
///
/// One store opens a loop and another closes it; in between, any thread that is awake joins. Each thread owns a block of
/// consecutive iterations. In successive loops over the same data, each thread therefore finds its data in its cache. A
/// thread that has finished its own block takes iterations from the other blocks (work stealing). It leaves the last
/// iterations of a block to an active owner if running them takes less time than transferring their data between the caches.
///
/// The caller runs iterations too. At the end it waits only for threads that have joined, so a thread that sleeps or has
/// lost its core does not delay a short loop. Threads without a loop spin for some tens of microseconds, which is longer than
/// the gaps within a training step, and then sleep.
///
/// The assignment of iterations to threads depends on timing. Every iteration must compute the same result on any thread,
/// and sums across iterations must be computed after the loop.
package final class ThreadPool {
    /// The number of threads that run a loop, including the caller.
    package let threads: Int
    private let shared: Shared
    private var workers: [pthread_t] = []

    /// Starts `threads - 1` threads.
    ///
    /// If the system can't start that many threads, the pool has fewer.
    ///
    /// - Precondition: `threads` is positive.
    /// - Parameter transferTime: the time to transfer the data of an iteration between cores without a common cache. A thread
    ///   leaves to the owner of a block the iterations that it would run in this time, but at least one.
    package init(threads: Int, transferTime: Duration = .microseconds(20)) {
        precondition(threads > 0, "a pool of \(threads) threads")
        shared = Shared(threads: threads, transferTime: transferTime)
        for index in 1..<max(threads, 1) {
            let start = Unmanaged.passRetained(WorkerStart(shared: shared, worker: index))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
                    start.shared.work(as: start.worker)
                    return nil
                }, start.toOpaque())
            guard status == 0 else {
                start.release()
                break
            }
            workers.append(thread)
        }
        self.threads = workers.count + 1
    }

    deinit {
        shared.stop()
        for worker in workers { pthread_join(worker, nil) }
    }

    /// Calls `body(iteration, worker)` once for every iteration in `0..<count`, on all threads, and returns when all calls
    /// have returned.
    ///
    /// `worker` in `0..<threads` identifies the calling thread, for its scratch memory. A loop must not be started inside
    /// another loop of the same pool.
    /// - Parameter backwards: whether each thread runs its iterations from the last to the first. If successive loops over the
    ///   same data alternate the direction, more of the data is still in the caches.
    package func run(
        _ count: Int, backwards: Bool = false, _ body: (_ iteration: Int, _ worker: Int) -> Void
    ) {
        if workers.isEmpty || count < 2 {
            for iteration in 0..<count { body(backwards ? count - 1 - iteration : iteration, 0) }
            return
        }
        withoutActuallyEscaping(body) { shared.run(count, backwards: backwards, $0) }
    }
}

/// The argument of a new thread.
private final class WorkerStart {
    let shared: Shared
    let worker: Int

    init(shared: Shared, worker: Int) {
        self.shared = shared
        self.worker = worker
    }
}

/// The state of a pool that its threads share.
///
/// `body`, `count` and `backwards` are not atomic: the caller writes them only while the loop is closed and no thread has
/// joined, and threads read them only after joining. The store that opens a loop releases them, and joining acquires them.
private final class Shared: @unchecked Sendable {
    private typealias Body = (_ iteration: Int, _ worker: Int) -> Void

    // The state of the current loop in one word: its number, whether it is open, and the number of joined threads.
    private static let joinedOne: UInt64 = 1
    private static let joinedMask: UInt64 = 0xffff
    private static let open: UInt64 = 0x1_0000
    private static let loopOne: UInt64 = 0x2_0000

    /// The number of polls of an idle thread before it sleeps: some tens of microseconds.
    private static let spins = 4000

    private let state = Atomic<UInt64>(0)
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let wakeUp = DispatchSemaphore(value: 0)
    private var body: Body?
    private var count = 0
    private var backwards = false
    private let threads: Int
    private let transferNanoseconds: Double
    /// One for each thread.
    private let blocks: UnsafeMutablePointer<Block>

    init(threads: Int, transferTime: Duration) {
        self.threads = threads
        transferNanoseconds = transferTime / .nanoseconds(1)
        blocks = .allocate(capacity: threads)
        for block in 0..<threads { (blocks + block).initialize(to: Block()) }
    }

    deinit {
        blocks.deinitialize(count: threads)
        blocks.deallocate()
    }

    /// The first iteration of a thread's block.
    private func start(of block: Int) -> Int { block * count / threads }

    func run(_ count: Int, backwards: Bool, _ body: @escaping (_ iteration: Int, _ worker: Int) -> Void) {
        self.body = body
        self.count = count
        self.backwards = backwards
        for block in 0..<threads {
            blocks[block].next.store(start(of: block), ordering: .relaxed)
            blocks[block].isStarted.store(false, ordering: .relaxed)
        }
        let closed = state.load(ordering: .relaxed)
        // Sequentially consistent. A thread that goes to sleep does the same operations in the opposite order, so either that
        // thread sees the open loop or this thread sees the sleeper.
        state.store((closed &+ Self.loopOne) | Self.open, ordering: .sequentiallyConsistent)
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { wakeUp.signal() }

        takeIterations(as: 0)

        state.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
        var spins = 0
        while state.load(ordering: .acquiring) & Self.joinedMask != 0 {
            spins += 1
            // A joined thread that has lost its core may need this one.
            if spins > Self.spins { sched_yield() } else { processorPause() }
        }
        self.body = nil
    }

    func work(as worker: Int) {
        var lastLoop: UInt64 = 0
        while true {
            guard let loop = join(after: lastLoop) else { return }
            lastLoop = loop
            takeIterations(as: worker)
            state.wrappingSubtract(Self.joinedOne, ordering: .releasing)
        }
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { wakeUp.signal() }
    }

    private func takeIterations(as worker: Int) {
        guard let body else { return }
        blocks[worker].isStarted.store(true, ordering: .relaxed)
        let begin = DispatchTime.now().uptimeNanoseconds
        takeIterations(of: worker, as: worker, body)
        let own = start(of: worker + 1) - start(of: worker)
        let nanoseconds = Double(DispatchTime.now().uptimeNanoseconds - begin)
        let left = max(1, Int(Double(own) * min(transferNanoseconds / max(nanoseconds, 1), 1)))
        for distance in 1..<threads {
            takeIterations(of: (worker + distance) % threads, leaving: left, as: worker, body)
        }
    }

    /// Runs iterations of a block until there are none.
    ///
    /// - Parameter left: the number of iterations that are left to an active owner.
    private func takeIterations(of block: Int, leaving left: Int = 0, as worker: Int, _ body: Body) {
        let (start, end) = (start(of: block), start(of: block + 1))
        while left == 0 || blocks[block].next.load(ordering: .relaxed) < end - left
            || !blocks[block].isStarted.load(ordering: .relaxed)
        {
            let iteration = blocks[block].next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard iteration < end else { break }
            body(backwards ? start + end - 1 - iteration : iteration, worker)
        }
    }

    /// Waits for an open loop other than `lastLoop`, joins it, and returns its number; nil if the pool ends.
    private func join(after lastLoop: UInt64) -> UInt64? {
        while true {
            for _ in 0..<Self.spins {
                if let loop = tryJoin(after: lastLoop) { return loop }
                processorPause()
            }
            if stopped.load(ordering: .acquiring) { return nil }
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            // If a loop has opened since, its caller may have counted this thread as a sleeper. The semaphore then has one
            // signal too many, and some thread polls once more than necessary.
            if let loop = tryJoin(after: lastLoop) { return loop }
            if stopped.load(ordering: .sequentiallyConsistent) { return nil }
            wakeUp.wait()
        }
    }

    private func tryJoin(after lastLoop: UInt64) -> UInt64? {
        var current = state.load(ordering: .sequentiallyConsistent)
        while current & Self.open != 0, current / Self.loopOne != lastLoop {
            let (joined, original) = state.weakCompareExchange(
                expected: current, desired: current + Self.joinedOne, ordering: .acquiringAndReleasing)
            if joined { return current / Self.loopOne }
            current = original
        }
        return nil
    }
}

/// The block of iterations of a thread, on separate cache lines.
private struct Block: ~Copyable {
    /// The next iteration.
    let next = Atomic(0)
    /// Whether the owner has started on the block.
    let isStarted = Atomic(false)
    /// Wider than any cache line.
    private let padding = SIMD16<Int64>()
}
