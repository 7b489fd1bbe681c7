import CPUBackend
import Foundation
import Synchronization
import Testing

@Suite("Thread pool", .timeLimit(.minutes(10)))
struct ThreadPoolTests {
    @Test(arguments: [1, 2, 3, 5], [0, 1, 2, 3, 64, 1000])
    func everyIterationRunsOnce(_ threads: Int, _ count: Int) {
        let pool = ThreadPool(threads: threads)
        #expect(pool.threads == threads)
        let runs = Mutex(Array(repeating: 0, count: count))
        for round in 0..<4 {
            pool.run(count, backwards: round % 2 == 1) { iteration, _ in runs.withLock { $0[iteration] += 1 } }
        }
        #expect(runs.withLock { $0 } == Array(repeating: 4, count: count))
    }

    /// A loop is complete when the call returns: its results are visible, and it does not overlap the next loop.
    @Test(arguments: [2, 3, 5])
    func loopsFollowEachOther(_ threads: Int) {
        let pool = ThreadPool(threads: threads)
        var values = Array(repeating: 0, count: 37)
        values.withUnsafeMutableBufferPointer { buffer in
            guard let values = buffer.baseAddress else { return }
            for round in 1...5000 {
                pool.run(37) { iteration, _ in
                    if values[iteration] == round - 1 { values[iteration] = round }
                }
            }
        }
        #expect(values == Array(repeating: 5000, count: 37))
    }

    /// No two iterations run at the same time as the same worker, because they would share scratch memory.
    @Test(arguments: [2, 3, 5])
    func workersAreTheirOwn(_ threads: Int) {
        let pool = ThreadPool(threads: threads)
        let busy = Mutex(Array(repeating: false, count: threads))
        let clashes = Atomic<Int>(0)
        for _ in 0..<200 {
            pool.run(20) { _, worker in
                let wasBusy = busy.withLock { busy in
                    defer { busy[worker] = true }
                    return busy[worker]
                }
                if wasBusy { clashes.wrappingAdd(1, ordering: .relaxed) }
                busy.withLock { $0[worker] = false }
            }
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
    }

    /// A thread that finishes first takes iterations from the other's block, except for the last one and for those that it
    /// would run in the transfer time.
    @Test(arguments: [
        (Duration.zero, [0, 0, 0, 0, 1, 0, 0, 1]), (.seconds(1000), [0, 0, 0, 0, 1, 1, 1, 1]),
    ])
    func iterationsLeftToTheirOwner(_ transferTime: Duration, _ expected: [Int]) {
        let pool = ThreadPool(threads: 2, transferTime: transferTime)
        let others = expected.count { $0 == 0 }
        for _ in 0..<20 {
            let entered = Atomic<Int>(0)
            let done = Atomic<Int>(0)
            let workers = Mutex(Array(repeating: -1, count: 8))
            pool.run(8) { iteration, worker in
                workers.withLock { $0[iteration] = worker }
                // Both threads start their own blocks, 0...3 and 4...7, before one of them continues.
                if iteration % 4 == 0 {
                    entered.wrappingAdd(1, ordering: .sequentiallyConsistent)
                    while entered.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
                }
                // The second thread stays in its first iteration until the other has run all that it takes.
                if iteration == 4 {
                    while done.load(ordering: .sequentiallyConsistent) < others { sched_yield() }
                    Thread.sleep(forTimeInterval: 0.002)
                }
                done.wrappingAdd(1, ordering: .sequentiallyConsistent)
            }
            #expect(workers.withLock { $0 } == expected)
        }
    }

    /// Iterations that wait for each other end only if several threads run them, even after the threads have gone to sleep.
    @Test func sleepingThreadsWakeUp() {
        let pool = ThreadPool(threads: 3)
        for _ in 0..<5 {
            Thread.sleep(forTimeInterval: 0.05)
            let arrived = Atomic<Int>(0)
            pool.run(3) { _, _ in
                arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
                while arrived.load(ordering: .sequentiallyConsistent) < 3 { sched_yield() }
            }
            #expect(arrived.load(ordering: .relaxed) == 3)
        }
    }

    @Test func poolsComeAndGo() {
        for round in 0..<50 {
            let pool = ThreadPool(threads: 4)
            let sum = Atomic<Int>(0)
            pool.run(round) { iteration, _ in sum.wrappingAdd(iteration, ordering: .relaxed) }
            #expect(sum.load(ordering: .relaxed) == round * (round - 1) / 2)
        }
    }
}
