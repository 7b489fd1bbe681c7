internal import Synchronization

/// Adds the partial sums of a loop's tasks pairwise, in an order that does not depend on timing.
///
/// Neighbours are added first, then neighbouring pairs, and so on. Of two tasks, the one that ends second adds their sums: it
/// has at least one of them in its cache. No separate loop is needed, for which all threads would wait.
///
/// A reduction is valid until the backend makes the next one.
struct PairwiseReduction {
    /// One flag for each addition, at the index of its source task: whether one of the two operands is complete.
    private let flags: UnsafeMutablePointer<Atomic<Bool>>
    private let tasks: Int

    fileprivate init(_ flags: UnsafeMutablePointer<Atomic<Bool>>, tasks: Int) {
        (self.flags, self.tasks) = (flags, tasks)
    }

    /// Ends a task of a sum, and performs all additions whose operands are complete.
    ///
    /// - Parameters:
    ///   - task: the index of the task in the sum.
    ///   - count: the number of tasks of the sum.
    ///   - sum: the index of the sum.
    ///   - partials: the partial sums of the tasks, `size` numbers each, one after another; they are added in place.
    /// - Returns: whether the sum is complete; it is then in the partial sum of task 0.
    func end(_ task: Int, of count: Int, sum: Int, partials: UnsafeMutablePointer<Float>, size: Int) -> Bool {
        let flags = flags + sum * tasks
        var (first, distance) = (task, 1)
        while distance < count {
            let source = first | distance
            if source < count {
                // The first of the two tasks sets the flag; the second clears it.
                guard flags[source].exchange(true, ordering: .acquiringAndReleasing) else { return false }
                flags[source].store(false, ordering: .relaxed)
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
/// The memory only grows, so a training step allocates nothing after the first steps.
final class ReductionFlags {
    private var memory = UnsafeMutablePointer<Atomic<Bool>>.allocate(capacity: 0)
    private var capacity = 0

    deinit {
        memory.deinitialize(count: capacity)
        memory.deallocate()
    }

    /// Returns a reduction to `sums` sums of up to `tasks` tasks each.
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
