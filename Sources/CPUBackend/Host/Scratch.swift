internal import Backend

/// The scratch memory of all workers.
struct WorkerScratch {
    let start: UnsafeMutablePointer<Vector>
    let stride: Int

    /// The memory of one worker.
    subscript(worker: Int) -> UnsafeMutablePointer<Vector> { start + worker * stride }
}

/// Memory for one kind of intermediate result.
///
/// The memory only grows, so a training step allocates nothing after the first steps.
final class Scratch {
    private var memory: AlignedMemory<Vector>

    init() throws(BackendError) {
        memory = try AlignedMemory(count: 0)
    }

    /// Returns memory for `count` values, with undefined contents.
    func reserve<Element: BitwiseCopyable>(
        _ count: Int, of type: Element.Type
    ) throws(BackendError) -> UnsafeMutablePointer<Element> {
        let (size, vector) = (MemoryLayout<Element>.stride, MemoryLayout<Vector>.stride)
        let vectors = (count * size + vector - 1) / vector
        if vectors > memory.count { memory = try AlignedMemory(count: vectors) }
        return UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: type)
    }
}
