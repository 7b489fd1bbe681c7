internal import Synchronization

/// Adds up the numbers that the tasks of a loop leave, pairwise and in an order that does not depend on which thread runs which task.
///
/// Neighbours are added first, then neighbouring pairs, and so on. The task that is the second of two to end adds the two:
/// it has one of them in its cache, and often both, and no loop of its own is needed, for which threads would wait.
///
/// Valid until the backend makes the next one.
struct PairwiseReduction {
    /// For each task of each sum but the first: whether what begins with it is there, or what that is added to.
    private let arrivals: UnsafeMutablePointer<Atomic<Bool>>
    private let tasks: Int

    fileprivate init(_ arrivals: UnsafeMutablePointer<Atomic<Bool>>, tasks: Int) {
        (self.arrivals, self.tasks) = (arrivals, tasks)
    }

    /// Ends a task of a sum, and adds what can be added by now.
    ///
    /// - Parameters:
    ///   - task: its number in the sum.
    ///   - count: the sum's tasks.
    ///   - sum: which of the sums.
    ///   - partials: what the sum's tasks leave, `size` numbers each, one after another; what is added to a task's takes
    ///     their place.
    /// - Returns: whether all is added; task 0 of the sum then holds it.
    func end(_ task: Int, of count: Int, sum: Int, partials: UnsafeMutablePointer<Float>, size: Int) -> Bool {
        let arrivals = arrivals + sum * tasks
        var (first, distance) = (task, 1)
        while distance < count {
            let source = first | distance
            if source < count {
                // Who comes first leaves a mark for the other, who takes it away again.
                guard arrivals[source].exchange(true, ordering: .acquiringAndReleasing) else { return false }
                arrivals[source].store(false, ordering: .relaxed)
                first = source - distance
                let (target, added) = (partials + first * size, partials + source * size)
                for index in 0..<size { target[index] += added[index] }
            }
            distance *= 2
        }
        return true
    }
}

/// The memory of a ``PairwiseReduction``.
///
/// It grows to the largest that was ever asked for, so that a training step allocates nothing.
final class ReductionFlags {
    private var memory = UnsafeMutablePointer<Atomic<Bool>>.allocate(capacity: 0)
    private var capacity = 0

    deinit {
        memory.deinitialize(count: capacity)
        memory.deallocate()
    }

    /// A reduction to `sums` sums of up to `tasks` tasks each.
    func reduction(sums: Int, tasks: Int) -> PairwiseReduction {
        if sums * tasks > capacity {
            memory.deinitialize(count: capacity)
            memory.deallocate()
            capacity = sums * tasks
            memory = .allocate(capacity: capacity)
            for index in 0..<capacity { (memory + index).initialize(to: Atomic(false)) }
        }
        return PairwiseReduction(memory, tasks: tasks)
    }
}
