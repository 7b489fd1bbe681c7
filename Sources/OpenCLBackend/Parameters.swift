import Backend

/// The numbers of each model as `[model][count]` in device memory.
///
/// A kernel may have put off numbers of it: it wrote partial sums elsewhere, and `PendingSums` adds them later, together
/// with others. So the memory is private, and `buffer(of:)`, which is the only way to it, adds them first.
package final class OpenCLParameters: ParameterStorage {
    package let models: Int
    package let count: Int
    private let memory: DeviceBuffer

    /// A range of each model's numbers that are not in memory yet, and who adds them.
    private struct PendingRange {
        let range: Range<Int>
        unowned let sums: PendingSums
    }

    private var pending: [PendingRange] = []

    init(models: Int, count: Int, memory: DeviceBuffer) {
        self.models = models
        self.count = count
        self.memory = memory
    }

    /// The memory, for commands that read or write only this range of each model's numbers.
    ///
    /// Pending sums of the range are enqueued first. Those of other ranges stay pending, so that a layer's backward pass does
    /// not add up those of the layers before it.
    func buffer(of range: Range<Int>) throws(BackendError) -> DeviceBuffer {
        try addPendingSums(of: range)
        return memory
    }

    /// Enqueues the pending sums of a range.
    func addPendingSums(of range: Range<Int>) throws(BackendError) {
        for other in pending where other.range.overlaps(range) { try other.sums.flush() }
    }

    /// Notes that a range will be written by `sums`.
    func deferSums(of range: Range<Int>, to sums: PendingSums) {
        pending.append(PendingRange(range: range, sums: sums))
    }

    /// Notes that nothing is left to be written by `sums`, which enqueues the last of it next.
    func endDeferral(to sums: PendingSums) {
        pending.removeAll { $0.sums === sums }
    }
}

extension ParameterSlice {
    /// The range of the slice in each model's numbers.
    var range: Range<Int> { offset..<offset + count }
}
