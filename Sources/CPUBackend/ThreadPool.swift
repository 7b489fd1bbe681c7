internal import CProcessor
internal import Dispatch
internal import Platform
internal import Synchronization

/// Threads that stay, for loops that take microseconds.
///
/// A loop is opened by one store and closed by one more; in between, any thread that is awake joins it. The iterations
/// are dealt out in equal blocks of successive ones, so that loops over the same things give each thread the things it
/// has in its cache from the loop before; a thread that is done with its own block takes from the others', but leaves to
/// an owner who is at work what takes less time than moving what the owner has in its cache, and moving it back for the
/// next loop. The caller takes iterations too, and waits at the end only for threads that have joined, so a thread that
/// sleeps or lost its core never holds a short loop up. Threads that find no loop spin for some tens of microseconds,
/// which bridges the gaps within a training step, and then sleep.
///
/// Which thread runs which iteration is a matter of timing. Callers must make every iteration compute the same
/// whichever thread runs it, and leave sums across iterations until after the loop.
package final class ThreadPool {
    /// Threads that work on a loop, the caller included.
    package let threads: Int
    private let shared: Shared
    private var workers: [pthread_t] = []

    /// Starts `threads - 1` threads.
    ///
    /// Where the system refuses to start so many, the pool has fewer.
    /// - Precondition: `threads` is positive.
    /// - Parameter moving: what a thread leaves to the owner of a block: the last iteration, and as many as it would do in
    ///   this time. Moving the data of an iteration between cores without a common cache takes some tens of microseconds.
    package init(threads: Int, moving: Duration = .microseconds(20)) {
        precondition(threads > 0, "a pool of \(threads) threads")
        shared = Shared(threads: threads, moving: moving)
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

    /// Calls `body(iteration, worker)` once for every iteration in `0..<count`, on all threads, and returns when all
    /// are done.
    ///
    /// `worker` in `0..<threads` tells the calling threads apart, for memory that each needs for itself. A loop must
    /// not be started from within another of the same pool.
    /// - Parameter backwards: whether each thread goes through its iterations from the last to the first. A loop over what
    ///   the loop before has left in the caches finds more of it there when it begins where that ended.
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

/// What a new thread is told.
private final class WorkerStart {
    let shared: Shared
    let worker: Int

    init(shared: Shared, worker: Int) {
        self.shared = shared
        self.worker = worker
    }
}

/// The state of a pool that its threads see.
///
/// `body`, `count` and `backwards` are plain memory: the caller writes them only while the loop is closed and nobody has joined,
/// and threads read them only after joining. The store that opens a loop releases them, joining acquires them.
private final class Shared: @unchecked Sendable {
    private typealias Body = (_ iteration: Int, _ worker: Int) -> Void

    // The state of the current loop in one word: its number, whether it is open, and how many threads have joined.
    private static let joinedOne: UInt64 = 1
    private static let joinedMask: UInt64 = 0xffff
    private static let open: UInt64 = 0x1_0000
    private static let loopOne: UInt64 = 0x2_0000

    /// How often an idle thread looks for a loop before it sleeps: some tens of microseconds.
    private static let spins = 4000

    private let state = Atomic<UInt64>(0)
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let bell = DispatchSemaphore(value: 0)
    private var body: Body?
    private var count = 0
    private var backwards = false
    private let threads: Int
    private let movingNanoseconds: Double
    /// One for each thread.
    private let blocks: UnsafeMutablePointer<Block>

    init(threads: Int, moving: Duration) {
        self.threads = threads
        movingNanoseconds = moving / .nanoseconds(1)
        blocks = .allocate(capacity: threads)
        for block in 0..<threads { (blocks + block).initialize(to: Block()) }
    }

    deinit {
        blocks.deinitialize(count: threads)
        blocks.deallocate()
    }

    /// Where a thread's block of iterations begins, and the one before it ends.
    private func start(of block: Int) -> Int { block * count / threads }

    func run(_ count: Int, backwards: Bool, _ body: @escaping (_ iteration: Int, _ worker: Int) -> Void) {
        self.body = body
        self.count = count
        self.backwards = backwards
        for block in 0..<threads {
            blocks[block].next.store(start(of: block), ordering: .relaxed)
            blocks[block].isOwned.store(false, ordering: .relaxed)
        }
        let closed = state.load(ordering: .relaxed)
        // Sequentially consistent, with the sleeper's own pair of operations in the opposite order: either the sleeper
        // sees the open loop or this thread sees the sleeper.
        state.store((closed &+ Self.loopOne) | Self.open, ordering: .sequentiallyConsistent)
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }

        takeIterations(as: 0)

        state.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
        var spins = 0
        while state.load(ordering: .acquiring) & Self.joinedMask != 0 {
            spins += 1
            // A thread that joined and then lost its core needs ours.
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
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }
    }

    private func takeIterations(as worker: Int) {
        guard let body else { return }
        blocks[worker].isOwned.store(true, ordering: .relaxed)
        let begin = DispatchTime.now().uptimeNanoseconds
        takeIterations(of: worker, as: worker, body)
        let own = start(of: worker + 1) - start(of: worker)
        let nanoseconds = Double(DispatchTime.now().uptimeNanoseconds - begin)
        let left = max(1, Int(Double(own) * min(movingNanoseconds / max(nanoseconds, 1), 1)))
        for distance in 1..<threads {
            takeIterations(of: (worker + distance) % threads, leaving: left, as: worker, body)
        }
    }

    /// Runs iterations of a block until there are none.
    /// - Parameter left: how many are left to an owner who is at work, and will see to them.
    private func takeIterations(of block: Int, leaving left: Int = 0, as worker: Int, _ body: Body) {
        let (start, end) = (start(of: block), start(of: block + 1))
        while left == 0 || blocks[block].next.load(ordering: .relaxed) < end - left
            || !blocks[block].isOwned.load(ordering: .relaxed)
        {
            let iteration = blocks[block].next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard iteration < end else { break }
            body(backwards ? start + end - 1 - iteration : iteration, worker)
        }
    }

    /// Waits for an open loop other than `lastLoop`, joins it, and returns its number; nil when the pool ends.
    private func join(after lastLoop: UInt64) -> UInt64? {
        while true {
            for _ in 0..<Self.spins {
                if let loop = tryJoin(after: lastLoop) { return loop }
                processorPause()
            }
            if stopped.load(ordering: .acquiring) { return nil }
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            // Where a loop opened meanwhile, its caller may or may not have counted this sleeper. If it has, the bell
            // rings once too often, and some thread looks for a loop once more than it need.
            if let loop = tryJoin(after: lastLoop) { return loop }
            if stopped.load(ordering: .sequentiallyConsistent) { return nil }
            bell.wait()
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

/// The iterations that are a thread's own, on cache lines of their own.
private struct Block: ~Copyable {
    /// The next one to be taken.
    let next = Atomic(0)
    /// Whether the thread has come for them.
    let isOwned = Atomic(false)
    /// Wider than any cache line.
    private let distance = SIMD16<Int64>()
}
